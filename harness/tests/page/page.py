# SPDX-License-Identifier: MIT
"""Drives the HTML report in Chromium as a person would: load, filter, search, sort, open a cell, copy, dark, print, a hundred thousand points, a hostile
program. usage: page.py WORK_FOLDER [figures]; hostfault and page-sweeps are on the PATH. The test asserts no times: `figures` measures and prints them,
for scripts/bench."""

import base64
import collections
import json
import os
import re
import shlex
import subprocess
import sys
import time

from chromium import start_browser
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

WEIGHT_MAX = 300_000  # bytes without data

checks = 0


def check(what, good, got=None):
    global checks
    checks += 1
    if not good:
        sys.exit(f"page: FAILED: {what}" + (f"; got {got!r}" if got is not None else ""))


def run(*command, status=(0, 1)):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    check(f"{' '.join(command)} ends well", done.returncode in status, done.returncode)
    return done.stdout


class Page:
    def __init__(self, browser, path, address=""):
        self.browser = browser
        browser.get("about:blank")
        browser.get(f"file://{path}{address}")
        self.ready_ms = int(WebDriverWait(browser, 60).until(lambda b: self.js("return document.documentElement.dataset.ready")))

    def js(self, code, *arguments):
        return self.browser.execute_script(code, *arguments)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        found = self.all(selector)
        check(f"there is {selector}", len(found) > 0)
        return found[0]

    def wait(self, selector):
        WebDriverWait(self.browser, 20).until(lambda b: self.all(selector))

    def text(self, selector):
        return self.js("const e = document.querySelector(arguments[0]); return e && e.textContent", selector)

    def key(self, *keys):
        self.browser.switch_to.active_element.send_keys(*keys)

    def no_errors(self, what):
        errors = [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]
        check(f"no error in the console: {what}", not errors, errors)


SOURCES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def report(name):
    path = os.path.abspath(f"{name}.html")
    run("hostfault", "report", "--results", name, "--html", path, "--source-root", SOURCES)
    return path


def test_first_sight(browser, path, wanted):
    page = Page(browser, path)
    findings = wanted["findings"]
    check("the page opens on what is wrong", page.text("[role=tab][aria-selected=true]").startswith("Findings"), page.text("[role=tab][aria-selected=true]"))
    tally = collections.Counter(one["outcome"] for one in findings)
    said = page.text(".title .sum")
    check("which one sentence counts", said.startswith(f"{len(findings)} findings: ") and all(f"{n} {name}" in said for name, n in tally.items()), said)
    cards = page.all(".card.finding")
    check("each finding has a card", len(cards) == len(findings), len(cards))
    first = findings[0]
    ids = [card.get_attribute("data-id") for card in cards]
    check("the worst comes first, as the tool tells them", ids == [one["id"] for one in findings] and first["severity"] == max(one["severity"] for one in findings), ids)
    text = cards[0].text
    for what in ("When", "Then", "Do", first["place"], first["reason"], first["replay"]):
        check(f"the first card says {what}", what in text, text)
    check("and what to do, in a sentence", page.js("return document.querySelector('.card dd b').textContent").endswith("."))
    top = page.js("return document.querySelector('.card .again').getBoundingClientRect().bottom")
    check("all of it is on the first screen", top < 600, top)
    page.js("document.querySelector('.card .open').click()")
    check("what is open is marked at its card, and nothing in it", page.js("return [...document.querySelectorAll('.card.at')].length === 1 && [...document.querySelectorAll('.card.at *')].every(e => getComputedStyle(e).boxShadow === 'none')"))
    page.key(Keys.ESCAPE)
    page.one("#search").send_keys("no such thing")
    check("the search narrows the findings", not page.all(".card.finding") and "0 of" in page.text(".narrowed"))
    page.one(".narrowed button").click()
    page.one(".chip[data-outcome=storm]").click()
    check("a chip narrows the findings", len(page.all(".card.finding")) == tally["storm"] and page.text("[role=tab][aria-selected=true]").startswith("Findings"))
    page.no_errors("first sight")


def test_load(browser, path, wanted):
    page = Page(browser, path, "#view=matrix")
    page.no_errors("load")
    check("the title names the caller", page.text("h1") == "clr", page.text("h1"))
    total = wanted["points"]
    check("all points are shown", page.text("#tally") == f"{total} points at {wanted['sites']} sites", page.text("#tally"))
    chips = {chip.get_attribute("data-outcome"): int(chip.find_element(By.CSS_SELECTOR, ".n").text.replace(",", "")) for chip in page.all(".chip")}
    check("the outcomes are counted as the tool counts them", chips == {name: n for name, n in wanted["outcomes"].items() if n}, chips)
    check("every outcome has a sign", page.js("return [...document.querySelectorAll('.chip use')].every(u => document.querySelector(u.getAttribute('href')))"))
    check("nothing was fetched", page.js("return performance.getEntriesByType('resource').length") == 0)
    page.js("const s = document.createElement('script'); s.textContent = 'window.foreign = 1'; document.body.append(s)")
    check("a script put into the page does not run", page.js("return window.foreign") is None)
    browser.get_log("browser")  # what it said about that
    return page


def test_order(page, results):
    """Functions and failures as the terminal has them."""
    lines = run("hostfault", "report", "--results", results, "--all").split("\n\n")[1].split("\n")
    heads = re.findall(r"([A-Z][A-Z0-9_]+)(?: \(([^)]*)\))?", lines[0])
    columns = page.js("return [...document.querySelectorAll('.m-head .fail')].map(e => e.textContent)")
    check("failures are in the terminal's order", len(heads) == len(columns) > 1 and all(shown.startswith(name) and variant in shown for (name, variant), shown in zip(heads, columns)), (heads, columns))
    names = page.js("return [...document.querySelectorAll('.row.group .fn, .row.lone .fn')].map(e => e.textContent)")
    check("functions are in the terminal's order", len(names) > 3 and names == [line.split()[0] for line in lines[2:2 + len(names)]], (names, lines))


def test_sources(browser, finding):
    """Sources that are here and lie outside of the folders that may be quoted."""
    run("hostfault", "report", "--results", "clr", "--html", "elsewhere.html")
    page = Page(browser, os.path.abspath("elsewhere.html"), f"#finding={finding}")
    check("no source is quoted", not page.all("#panel .source"))
    hint = page.text("#panel .frames + .note code") or ""
    check("what would quote it is told", hint.startswith("--source-root "), hint)
    run("hostfault", "report", "--results", "clr", "--html", "elsewhere.html", *shlex.split(hint))
    page = Page(browser, os.path.abspath("elsewhere.html"), f"#finding={finding}")
    check("and it does", page.all("#panel .source") and not page.all("#panel .frames + .note"))
    page.no_errors("sources")


def test_filters(page, wanted):
    page.one(".chip[data-outcome=violated]").click()
    check("a chip leaves its outcome's points", page.text("#tally").startswith(f"{wanted['outcomes']['violated']} points"), page.text("#tally"))
    signs = page.js("return [...new Set([...document.querySelectorAll('.cell:not(.dim)')].map(c => c.className.match(/o-(\\w+)/)[1]))]")
    check("all else is dim", signs == ["violated"], signs)
    page.one(".chip[data-outcome=violated]").click()
    page.one("body").send_keys("/")
    page.key("clr_gc_segment_grow")
    names = page.js("return [...document.querySelectorAll('.row .fn')].map(e => e.textContent)")
    check("search leaves the function", names[:1] == ["clr_gc_segment_grow"], names)
    fewer = page.text("#tally")
    page.key(Keys.CONTROL + "a" + Keys.NULL, Keys.DELETE, "no such thing")
    check("nothing found is said", page.one("#nothing").is_displayed())
    page.one("#nothing button").click()
    check("and all comes back", page.text("#tally") != fewer and not page.one("#nothing").is_displayed())
    Select(page.one(".tools select")).select_by_visible_text("by function")
    names = page.js("return [...document.querySelectorAll('.row.group .fn, .row.lone .fn')].map(e => e.textContent)")
    check("by function is by function", names == sorted(names) and len(names) > 5, names)
    Select(page.one(".tools select")).select_by_visible_text("worst first")
    worst = page.js("return [...document.querySelector('.row').querySelectorAll('.cell')].slice(0, 2).map(c => c.className)")
    check("worst first is worst first, down and across", any("o-violated" in one or "o-storm" in one for one in worst), worst)


def test_cell(page, work):
    row = page.one(".row.child .cell.o-violated")
    row.click()
    panel = page.text("#panel")
    for part in ("violated", "Stack", "Calls around the fault", "hostfault replay ", "Scenario script", "Broken clauses"):
        check(f"the panel says {part}", part in panel)
    check("source lines are there", page.js("return document.querySelectorAll('#panel .source .here').length") > 0)
    check("the fault is marked", len(page.all("#panel .calls-list .fault")) == 1)
    copied = {}
    for what in ("replay line", "scenario script"):
        page.one(f"#panel [aria-label='Copy {what}']").click()
        WebDriverWait(page.browser, 5).until(lambda b: page.text("#said") == f"{what} copied")
        copied[what] = page.browser.execute_async_script("const done = arguments[0]; navigator.clipboard.readText().then(done, e => done('refused: ' + e))")
    check("the replay line was copied", copied["replay line"].startswith("hostfault replay ") and copied["replay line"] in panel, copied)
    with open(f"{work}/copied.yaml", "w") as file:
        file.write(copied["scenario script"])
    again = json.loads(run("hostfault", "run", "copied.yaml", "--json", "--results", "copied"))
    check("the script that was copied shows the same", again["scenarios"][0]["outcome"] == "violated", again["scenarios"][0].get("outcome"))
    shown = run("hostfault", "replay", *copied["replay line"].split()[2:])
    check("the replay line that was copied shows the same", "violated" in shown, shown)
    address = page.browser.current_url
    check("the address names the finding, and no number of it", "finding=" in address and not re.search(r"(point|run|sweep)=[0-9]+(&|$)", address), address)
    page.key(Keys.ESCAPE)
    check("Escape closes", not page.all("#panel"))
    other = Page(page.browser, address.removeprefix("file://").split("#")[0], "#" + address.split("#")[1])
    check("the address opens the same", other.text("#panel") == panel)
    other.no_errors("cell")
    return other


def test_keys(page):
    page.key(Keys.ESCAPE)
    grid = page.one(".matrix")
    grid.send_keys(Keys.HOME, Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ENTER)
    check("arrows and Enter open a cell", len(page.all("#panel")) == 1 and len(page.all(".cell.at")) == 1)
    page.key(Keys.ESCAPE)
    page.one("body").send_keys("n")
    first = page.text("#panel .copy pre")
    page.one("body").send_keys("n")
    check("n goes from finding to finding", page.text("#panel .copy pre") != first)
    page.one("body").send_keys("?")
    check("? tells the keys", page.js("return document.getElementById('help').open"))
    page.key(Keys.ESCAPE)


def test_memory(page):
    page.one("#tab-memory").click()
    page.wait(".chart .top")  # drawn once its box has a size
    check("memory is drawn", page.js("return document.querySelector('.chart .top').getAttribute('d').length") > 100)
    check("the fault is marked in it", page.js("return document.querySelectorAll('.chart .fault').length") >= 1)
    check("the run without faults is under it", len(page.all(".chart .clean")) == 1)
    page.no_errors("memory")


def test_dark(page):
    def back():
        return page.js("return getComputedStyle(document.body).backgroundColor")

    light = back()
    page.one("#theme").click()
    check("dark is dark", page.js("return document.documentElement.classList.contains('dark')") and back() != light, back())
    page.one("#theme").click()
    check("light is light again", back() == light)
    page.js("localStorage.clear()")
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    page.browser.refresh()
    check("the system's wish counts", page.js("return document.documentElement.classList.contains('dark')"))
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_print(page, path):
    page = Page(page.browser, path, "#view=matrix")
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    page.js("window.dispatchEvent(new Event('beforeprint'))")
    rows = page.js("return document.querySelectorAll('.row').length")
    check("on paper all rows are there", rows == int(page.one(".matrix").get_attribute("aria-rowcount")) - 1, rows)
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 1032, "height": 700, "deviceScaleFactor": 1, "mobile": False})
    right = page.js("return Math.max(...[...document.querySelectorAll('.row .calls')].map(e => e.getBoundingClientRect().right))")
    check("and all columns fit the sheet", 300 < right <= 1032, right)
    page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    page.js("window.dispatchEvent(new Event('afterprint'))")
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    pdf = base64.b64decode(page.browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    check("it prints, on as many sheets as the rows need", 3 <= pages <= 8, pages)


OUT_OF_SIGHT = """const view = document.querySelector('.matrix').getBoundingClientRect(), cell = document.getElementById('at').getBoundingClientRect();
    const head = document.querySelector('.m-top').getBoundingClientRect(), names = document.querySelector('.row .label').getBoundingClientRect();
    return cell.left >= names.right - 1 && cell.right <= view.right + 1 && cell.top >= head.bottom - 1 && cell.bottom <= view.bottom + 1"""


def test_wide(browser):
    """Many columns: --lies, and every method."""
    run("hostfault", "sweep", "--caller", "clr", "--lies", "--methods", "*", "--points", "400", "--results", "wide", "--quiet")
    path = report("wide")
    page = Page(browser, path, "#view=matrix")
    worst = page.js("return [...document.querySelectorAll('.row .cell')].slice(0, 3).map(c => c.className)")
    check("the worst column comes first", "o-crashed" in worst[0] or "o-violated" in worst[0], worst)
    columns = len(page.all(".m-head .mode"))
    test_order(page, "wide")
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 800, "height": 700, "deviceScaleFactor": 1, "mobile": False})
    page = Page(browser, path, "#view=matrix")
    check("there are more columns than the window has room for", page.js("const view = document.querySelector('.matrix'); return view.scrollWidth > view.clientWidth + 100"), columns)
    page.one(".matrix").send_keys(Keys.HOME)
    for step in range(columns - 1):
        page.key(Keys.ARROW_RIGHT)
        check(f"after {step + 1} times Right the cell is in view", page.js(OUT_OF_SIGHT))
    check("the grid names its active cell", page.js("return document.querySelector('.matrix').getAttribute('aria-activedescendant')") == "at")
    for step in range(8):
        page.one("body").send_keys("n")
        check("n opens a cell that is in view", page.js(OUT_OF_SIGHT), step)
        said = page.text("#panel h2")
        check("and it is the finding's", f"o-{said}" in page.one("#at").get_attribute("class"), (said, page.one("#at").get_attribute("class")))
    page.key(Keys.ESCAPE)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    page.one(".chip[data-outcome=violated]").click()
    fewer = len(page.all(".m-head .mode"))
    check("columns without a match are hidden", 0 < fewer < columns, (fewer, columns))
    check("the heads are of few lines", page.js("return Math.max(...[...document.querySelectorAll('.m-head .fail')].map(e => e.children.length))") <= 3)
    page.no_errors("wide")
    return path


def test_small(browser, path):
    for width, height, what in ((400, 800, "a phone"), (1280, 500, "a low window"), (640, 400, "a window at 200 %")):
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        for view in ("findings", "matrix"):
            page = Page(browser, path, f"#view={view}")
            check(f"{what}: nothing is wider than the window", page.js("return document.documentElement.scrollWidth <= window.innerWidth"), (view, page.js("return document.documentElement.scrollWidth")))
            check(f"{what}: the tabs have no scroll bar", page.js("const tabs = document.querySelector('.tabs'); return tabs.offsetWidth === tabs.clientWidth && tabs.offsetHeight === tabs.clientHeight"), view)
            names = page.js("return [...document.querySelectorAll('.row.group .fn')].slice(0, 6).map(e => [e.textContent, e.offsetWidth])")
            check(f"{what}: a function's name can be told", all(drawn >= min(90, len(name) * 7) for name, drawn in names), names)
            what_is_seen = ".row" if view == "matrix" else ".card"
            page.js("document.querySelector(arguments[0]).scrollIntoView()", ".matrix" if view == "matrix" else ".card")
            seen = page.js("return [...document.querySelectorAll(arguments[0])].filter(e => { const r = e.getBoundingClientRect(); return r.top < window.innerHeight && r.bottom > 0 }).length", what_is_seen)
            check(f"{what}: the {view} can be reached", seen >= (5 if view == "matrix" else 1), seen)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_accessible(browser, paths):
    """axe-core, by every rule of WCAG 2.2 AA that it has, and its best practices."""
    axe = os.path.join(SOURCES, "out/npm/node_modules/axe-core/axe.min.js")
    if not os.path.exists(axe):
        print("SKIPPED of page.chromium: accessibility, for axe-core is not here; scripts/test --all puts it into out/npm")
        return
    with open(axe, encoding="utf-8") as file:
        code = file.read()
    views = ((0, "", ""), (0, "#view=matrix", ""), (0, "#view=matrix", "stepFinding"), (0, "#view=memory", ""), (1, "", ""), (2, "", ""), (2, "#view=findings", ""))
    for theme in ("light", "dark"):
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]})
        for number, address, opened in views:
            page = Page(browser, paths[number], address)
            if opened:
                page.one("body").send_keys("n")
            browser.execute_cdp_cmd("Runtime.evaluate", {"expression": code + ";0"})
            found = page.browser.execute_async_script("""const done = arguments[arguments.length - 1];
                axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
                    .then(r => done(r.violations.map(v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 160), v.nodes[0].failureSummary.slice(0, 300)])), e => done(String(e)))""")
            check(f"axe-core finds nothing in {os.path.basename(paths[number])}{address}{', opened' if opened else ''}, {theme}", found == [], found)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_callers(browser):
    """Two callers, one of them swept twice: an overview, and a history."""
    run("hostfault", "sweep", "--caller", "specimen-crashes-later", "--failures", "E_OUTOFMEMORY", "--results", "two", "--quiet")
    run("hostfault", "sweep", "--caller", "specimen-crashes-later", "--results", "two", "--quiet")
    run("hostfault", "sweep", "--caller", "specimen-leaks-heap", "--results", "two", "--quiet")
    path = report("two")
    page = Page(browser, path)
    rows = page.js("return [...document.querySelectorAll('.card.caller h2')].map(e => e.textContent)")
    check("each caller has a row, the worst first", rows == ["specimen-crashes-later", "specimen-leaks-heap"], rows)
    page.one(".card.caller .open").click()
    check("a row opens its caller", page.text("h1") == "specimen-crashes-later" and len(page.all(".card.finding")) >= 1)
    check("its history has both sweeps", len(page.all(".history rect.still")) == 2 and "2 sweeps" in page.text(".history"), page.text(".history"))
    page.one(".card.finding .open").click()
    address = page.browser.current_url.split("#")[1]
    other = Page(browser, path, "#" + address)
    check("a link to a finding opens its caller", other.text("h1") == "specimen-crashes-later" and len(other.all("#panel")) == 1, address)
    page.no_errors("callers")
    return path


def test_changes(browser):
    # A list says nothing of what was swept, so what it lacks is new, and what is only there is fixed.
    run("cli-results", "before", "before")
    run("hostfault", "report", "--results", "before", "--findings", "before.json")
    run("hostfault", "diff", "before.json", "clr", "--html", "changes.html", "--source-root", SOURCES)
    page = Page(browser, os.path.abspath("changes.html"))
    kinds = page.js("return [...document.querySelectorAll('.card .kind')].map(e => e.textContent)")
    check("what is new comes first, what one side did not look for last", kinds[0] == "new" and kinds[-4:] == ["not swept"] * 4, kinds)
    page.one(".card .link").click()
    check("a change opens its finding", "Calls around the fault" in page.text("#panel"))
    page.no_errors("changes")
    run("hostfault", "diff", "before", "before.json", "--html", "changes.html", "--source-root", SOURCES)
    page = Page(browser, os.path.abspath("changes.html"))
    check("lists alone have changes and no matrix", page.text("h1") == "Changes" and not page.all(".matrix"), page.text("h1"))
    page.no_errors("changes of a list")


def test_run(browser):
    run("hostfault", "run", "--caller", "clr", "--fault", "call: VirtualAlloc, when: 59, return: E_FAIL", "--results", "one")
    run("hostfault", "trace", f"one/runs/{os.listdir('one/runs')[0]}", "--html", "run.html", "--source-root", SOURCES)
    page = Page(browser, os.path.abspath("run.html"))
    check("a run's page says how it ended", "violated" in page.text("#top") and len(page.all(".calls-list .fault")) == 1)
    page.one("#tab-memory").click()
    page.wait(".chart .top")
    check("and draws its memory", page.js("return document.querySelectorAll('.chart .fault').length") == 1)
    page.no_errors("run")


def test_many(browser):
    run("page-sweeps", "many", "many")
    start = time.monotonic()
    path = report("many")
    written = time.monotonic() - start
    findings_ms = Page(browser, path).js("document.body.getBoundingClientRect(); return Math.round(performance.now())")
    page = Page(browser, path, "#view=matrix")
    check("100 000 points are there", page.text("#tally") == "100,000 points at 12,500 sites", page.text("#tally"))
    timed = """const input = document.getElementById('search'); input.value = arguments[0]; const from = performance.now();
               input.dispatchEvent(new Event('input')); document.querySelector('.matrix').getBoundingClientRect(); return performance.now() - from"""
    filtered = page.js(timed, "function_77")
    check("and finds what is there", page.text("#tally") == "144 points at 18 sites", page.text("#tally"))
    page.js(timed, "")
    rows = page.js("return document.querySelectorAll('.row').length")
    check("only rows that are seen exist", rows < 100, rows)
    scrolled = page.browser.execute_async_script("""const done = arguments[0], view = document.querySelector('.matrix'), frames = []; let last = performance.now(), n = 0;
        requestAnimationFrame(function step(now) { frames.push(now - last); last = now; view.scrollTop += 240; if (++n < 60) requestAnimationFrame(step);
        else { view.scrollTop = view.scrollHeight; setTimeout(() => done(frames.slice(1).sort((a, b) => a - b)[56]), 50); } });""")
    last = page.js("return Math.max(...[...document.querySelectorAll('.row')].map(r => Number(r.getAttribute('aria-rowindex'))))")
    check("the last row can be reached", last == int(page.one(".matrix").get_attribute("aria-rowcount")), last)
    page.no_errors("many")
    return f"100 000 points: written in {written:.1f} s, {os.path.getsize(path) / 1e6:.1f} MB, findings laid out {findings_ms} ms and the matrix drawn {page.ready_ms} ms after opening, filtered in {filtered:.0f} ms, 95 of 100 frames while scrolling fast within {scrolled:.0f} ms"


def test_hostile(browser):
    run("page-sweeps", "hostile", "hostile")
    path = report("hostile")
    page = Page(browser, path)
    page.one("body").send_keys("n")
    for tab in ("findings", "matrix"):
        page.one(f"#tab-{tab}").click()
    page.one("body").send_keys("?")
    check("nothing of it ran", page.js("return window.hacked") is None)
    check("nothing of it became an element", page.js("return document.querySelectorAll('img, script:not(#data), svg[onload], iframe').length") == 1)
    check("it is shown as what it is", page.text("h1").startswith("</script><script>window.hacked=1</script><img src=x"), page.text("h1"))
    check("no file was read that is no source code", "root:" not in page.js("return document.getElementById('data').textContent"))
    page.no_errors("hostile")
    with open(path, "rb") as file:
        text = file.read()
    data = text[text.index(b'id="data">') + 10:]
    data = data[:data.index(b"</script>")]
    check("the data cannot end its block", b"<" not in data and json.loads(data)["sweeps"][0]["caller"].startswith("</script>"))
    check("the page without data is light", len(text) - len(data) < WEIGHT_MAX, len(text) - len(data))


def figures():
    browser = start_browser()
    try:
        print(test_many(browser))
    finally:
        browser.quit()


def main(work):
    run("hostfault", "sweep", "--caller", "clr", "--results", "clr", "--quiet")
    wanted = json.loads(run("hostfault", "report", "--results", "clr", "--json"))["sweeps"][0]
    path = report("clr")
    check("the same sweep gives the same page", open(path).read() == open(report("clr")).read())
    browser = start_browser()
    try:
        browser.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
        test_first_sight(browser, path, wanted)
        page = test_load(browser, path, wanted)
        test_order(page, "clr")
        test_sources(browser, wanted["findings"][0]["id"])
        page = test_load(browser, path, wanted)
        test_filters(page, wanted)
        page = test_cell(page, work)
        test_keys(page)
        test_memory(page)
        test_dark(page)
        test_print(page, path)
        wide = test_wide(browser)
        test_small(browser, wide)
        test_print(page, wide)
        test_accessible(browser, [path, wide, test_callers(browser)])
        test_changes(browser)
        test_run(browser)
        print(test_many(browser))
        test_hostile(browser)
    finally:
        browser.quit()
    print(f"page: {checks} checks passed")


if sys.argv[2:] == ["figures"]:
    figures()
else:
    main(sys.argv[1])

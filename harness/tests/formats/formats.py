# SPDX-License-Identifier: MIT
"""Makes reports of a real sweep and of hand-made results, some of them hostile, and checks each format with a program that reads it. Arguments: the part, a
work folder. Runs in the source folder, so that the tool finds the sources."""

import base64
import collections
import glob
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import xml.etree.ElementTree

part, work = sys.argv[1:]
checks = 0


def check(what, good, got=None):
    global checks
    checks += 1
    if not good:
        sys.exit(f"formats.{part}: FAILED: {what}" + (f"; got {got!r}" if got is not None else ""))


def run(*command, status=(0, 1), environment=None):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})})
    check(f"{' '.join(command)} ends well", done.returncode in status, (done.returncode, done.stderr))
    return done


def at(name):
    return os.path.join(work, name)


def sweep(name, *options):
    return run("hostfault", "sweep", "--caller", "clr", "--results", at(name), "--quiet", *options).stdout


def by_hand():
    for name in ("before", "after", "hostile"):
        run("cli-results", name, at(name))
    run("page-sweeps", "hostile", at("attack"))
    return [at(name) for name in ("before", "after", "hostile", "attack")]


def allow(results, *kept):
    """A file of known findings with the findings of those numbers of a results folder, and what they are."""
    findings = json.loads(run("hostfault", "report", "--results", results, "--json").stdout)["sweeps"][0]["findings"]
    entries = [{"fingerprint": findings[i]["fingerprint"], "outcome": findings[i]["outcome"], "why": f"known <{i}>"} for i in kept]
    with open(at("known.allow"), "w", encoding="utf-8") as file:
        json.dump(entries, file)
    return findings, [findings[i] for i in kept]


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


# JSON by our own schemas


def described(schema, value, where):
    """Every key that is printed must be in the schema's properties."""
    if isinstance(value, list):
        for one in value:
            described(schema.get("items", {}), one, where)
    elif isinstance(value, dict):
        for key, one in value.items():
            check(f"{where}: the key {key} is described", key in schema.get("properties", {}))
            described(schema["properties"][key], one, f"{where}.{key}")


def check_schema(name, document):
    import jsonschema

    schema = load(f"harness/src/report/schemas/hostfault-{name}.schema.json")
    jsonschema.Draft7Validator.check_schema(schema)
    errors = [f"{list(error.path)}: {error.message[:200]}" for error in jsonschema.Draft7Validator(schema).iter_errors(document)]
    check(f"{name} is valid", not errors, errors[:3])
    described(schema, document, name)


def test_json():
    check_schema("sweep-1", json.loads(sweep("clr", "--json", "--depth", "2")))
    check_allow()
    folders = by_hand()
    for folder in [at("clr"), *folders]:
        check_schema("report-1", json.loads(run("hostfault", "report", "--results", folder, "--json").stdout))
        run("hostfault", "report", "--results", folder, "--findings", at("list.json"))
        check_schema("findings-1", load(at("list.json")))
        check_schema("diff-1", json.loads(run("hostfault", "diff", at("before"), folder, "--json").stdout))
    check_tables()
    fixtures = "harness/tests/cli/fixtures"
    scenarios = [f"{fixtures}/{name}.yaml" for name in ("good", "fails", "no-program", "unfired")]
    check_schema("run-1", json.loads(run("hostfault", "run", *scenarios, "--results", at("runs"), "--json", status=(1, 2, 3)).stdout))


def check_allow():
    findings, known = allow(at("clr"), 0, 1)
    check_schema("allow-1", load(at("known.allow")))
    with open(at("more.allow"), "w", encoding="utf-8") as file:
        json.dump(load(at("known.allow")) + [{"place": "*nowhere*", "outcome": "crashed", "why": "gone"}], file)
    told = json.loads(run("hostfault", "report", "--results", at("clr"), "--allow", at("more.allow"), "--json", status=(1,)).stdout)
    check_schema("report-1", told)
    check("those of the file are allowed, and no others", [one["id"] for one in told["sweeps"][0]["findings"] if one["allowed"]] == [one["id"] for one in known])
    check("the entry that did not happen is told", [entry["finding"] for entry in told["outdated"]] == ["*nowhere*"], told["outdated"])
    allow(at("clr"), *range(len(findings)))
    run("hostfault", "report", "--results", at("clr"), "--allow", at("known.allow"), status=(0,))
    swept = json.loads(sweep("clr-known", "--json", "--depth", "2", "--allow", at("known.allow")))
    check_schema("sweep-1", swept)
    check("nothing of them is new", all(one["allowed"] for one in swept["findings"]) and not swept["outdated"], swept["outdated"])
    run("hostfault", "sweep", "--caller", "clr", "--results", at("clr-start"), "--quiet", "--methods", "VirtualAlloc", "--write-allow", at("start.allow"), status=(1,))
    run("hostfault", "sweep", "--caller", "clr", "--results", at("clr-start"), "--quiet", "--methods", "VirtualAlloc", "--allow", at("start.allow"), status=(0,))


def check_tables():
    """The smaller documents. Each names its schema, and each schema is of a document that is checked here or above."""
    clr = ("--caller", "clr", "--fault", "call: VirtualAlloc, when: 20, return: E_OUTOFMEMORY")
    run("hostfault", "run", *clr, "--results", at("one"))
    folder = os.path.join(at("one"), "runs", os.listdir(at("one") + "/runs")[0])
    documents = [("--version", "--json"), ("doctor", "--json", "--results", at("one")), ("clean", "--dry-run", "--json", "--results", at("one")),
                 ("merge", at("merged"), at("clr"), "--json"), ("record", "--caller", "clr", "--json", "--results", at("record")), ("trace", folder, "--json")]
    documents += [("list", kind, "--json") for kind in ("methods", "words", "results", "faults", "callers", "outcomes", "responses")]
    if subprocess.run("command -v contract_host", shell=True, stdout=subprocess.DEVNULL).returncode == 0:
        documents.append(("contract", "--json", "--", "contract_host", "one", "15"))
    seen = set()
    for words in documents:
        document = json.loads(run("hostfault", *words, status=(0, 1, 3)).stdout)
        name, version = document["schema"].removeprefix("hostfault-").split("/")
        check_schema(f"{name}-{version}", document)
        seen.add(f"{name}-{version}")
    seen |= {"run-1", "sweep-1", "report-1", "diff-1", "findings-1", "allow-1"}
    there = {name.removeprefix("hostfault-").removesuffix(".schema.json") for name in os.listdir("harness/src/report/schemas") if name.endswith(".json")}
    check("there is no schema of a document that is not checked", there - seen <= {"contract-1"}, there - seen)


# JUnit by the common XSD, and by Jenkins'

junit_schemas = ["harness/tests/cli/fixtures/junit.xsd"]


def refused_by(schema, path):
    """What xmllint says of the file, or nothing."""
    done = subprocess.run(["xmllint", "--noout", "--schema", schema, path], stderr=subprocess.PIPE, text=True)
    return done.stderr[:500] if done.returncode != 0 else ""


def valid_junit(path):
    for schema in junit_schemas:
        refused = refused_by(schema, path)
        check(f"{path} is valid by {schema}", refused == "", refused)
    return xml.etree.ElementTree.parse(path).getroot()


def test_jenkins():
    """The same reports by the schema of Jenkins' xUnit plugin; what it refuses, it refuses here too, so that a schema that lets everything pass is seen."""
    junit_schemas[:] = sorted(glob.glob("out/junit-schema/*/junit-10.xsd"))
    check("there are two versions of the schema", len(junit_schemas) == 2, junit_schemas)
    test_junit()
    with open(at("run.xml"), encoding="utf-8") as file:
        text = file.read()
    for name, changed in (
        ("an attribute that it does not know", text.replace("<testsuite ", '<testsuite unknown="1" ', 1)),
        ("a suite without its count", re.sub(r'(<testsuite [^>]*) tests="\d+"', r"\1", text, count=1)),
    ):
        with open(at("changed.xml"), "w", encoding="utf-8") as file:
            file.write(changed)
        check(f"the schema refuses {name}", changed != text and all(refused_by(schema, at("changed.xml")) for schema in junit_schemas))
    with open(at("changed.xml"), "w", encoding="utf-8") as file:
        file.write(re.sub(r'(<testsuite [^>]*time="\d+\.\d{3})"', r'\g<1>7"', text, count=1))
    refused = [refused_by(schema, at("changed.xml")) for schema in junit_schemas]
    check("the stricter one refuses a fourth decimal", sum("time" in one for one in refused) == 1, refused)


def test_junit():
    sweep("clr")
    run("hostfault", "report", "--results", at("clr"), "--junit", at("clr.xml"))
    root = valid_junit(at("clr.xml"))
    cases = root.findall(".//testcase")
    check("cases are counted", int(root.get("tests")) == len(cases) > 100, root.get("tests"))
    check("failures are counted", int(root.get("failures")) == len(root.findall(".//failure")) > 10)
    names = [(case.get("classname"), case.get("name")) for case in cases]
    check("each case has a name of its own", len(set(names)) == len(names), [n for n, k in collections.Counter(names).items() if k > 1])
    found = json.loads(run("hostfault", "report", "--results", at("clr"), "--json").stdout)["sweeps"][0]["findings"]
    text = "".join(failure.text for failure in root.iter("failure"))
    check("each finding's replay is there", all(finding["replay"] in text for finding in found))
    _, known = allow(at("clr"), 0, 2)
    run("hostfault", "report", "--results", at("clr"), "--junit", at("known.xml"), "--allow", at("known.allow"), status=(1,))
    with_known = valid_junit(at("known.xml"))
    check("what is known has not failed", int(with_known.get("failures")) == len(with_known.findall(".//failure")) == int(root.get("failures")) - 2)
    said = [output.text for output in with_known.iter("system-out")]
    check("and is told with its reason", len(said) == 2 and "known <0>" in said[0] and all(one["replay"] in text for one, text in zip(known, said)), said)
    sweep("again")
    run("hostfault", "report", "--results", at("again"), "--junit", at("again.xml"))
    check("the same cases have the same names in another sweep", names == [(case.get("classname"), case.get("name")) for case in valid_junit(at("again.xml")).findall(".//testcase")])
    for folder in by_hand():
        run("hostfault", "report", "--results", folder, "--junit", at("x.xml"))
        valid_junit(at("x.xml"))
        run("hostfault", "diff", at("before"), folder, "--junit", at("x.xml"))
        valid_junit(at("x.xml"))
    run("hostfault", "run", "scenarios/reserve-commit", "--results", at("runs"), "--junit", at("run.xml"))
    check("times of a run are there, of three decimals", all(len(case.get("time").split(".")[1]) == 3 for case in valid_junit(at("run.xml")).iter("testcase")))
    run("hostfault", "diff", at("before"), at("after"), "--junit", at("x.xml"))
    root = valid_junit(at("x.xml"))
    check("what is new or worse has failed, and nothing else", (root.get("tests"), root.get("failures")) == ("4", "2"), root.attrib)


# SARIF by the official schema


def official_schema():
    folder = "out/npm/node_modules/@microsoft/jest-sarif"
    for where, _, names in os.walk(folder):
        for name in names:
            if name.startswith("sarif-2.1.0") and name.endswith(".json"):
                return load(os.path.join(where, name))
    sys.exit(f"formats.sarif: FAILED: no schema in {folder}")


def complaints(path):
    """What sarif-multitool says of a document: all by its rules for GitHub's code scanning (GH...), errors by those of the standard."""
    tool = "out/npm/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
    os.chmod(tool, 0o755)  # npm without scripts leaves it as a plain file
    run(tool, "validate", path, "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note", "--kind", "Fail", "--output", at("said.sarif"), "--log", "ForceOverwrite",
        environment={"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"})
    with open(at("said.sarif"), encoding="utf-8-sig") as file:
        said = json.load(file)["runs"][0]
    check("the multitool has run its rules", len(said["tool"]["driver"].get("rules", [])) > 0 or not said["results"])
    return [(one["ruleId"], one["message"].get("arguments", one["message"].get("text"))) for one in said["results"] if one["ruleId"].startswith("GH") or one.get("level") == "error"]


def valid_sarif(schema, path):
    import jsonschema

    document = load(path)
    errors = [f"{list(error.path)}: {error.message[:200]}" for error in jsonschema.validators.validator_for(schema)(schema).iter_errors(document)]
    check(f"{path} is valid", not errors, errors[:3])
    said = complaints(path)
    check(f"{path} is what code scanning takes", not said, said[:3])
    check("no more runs than code scanning takes", 1 <= len(document["runs"]) <= 20, len(document["runs"]))
    categories = [one["automationDetails"]["id"] for one in document["runs"]]
    check("each run has a category of its own", len(set(categories)) == len(categories) and all(id.startswith("hostfault/") and id.endswith("/") for id in categories), categories)
    for one in document["runs"]:
        check("no more results than code scanning takes", len(one["results"]) <= 25000)
        hashes = [result["partialFingerprints"]["primaryLocationLineHash"] for result in one["results"]]
        check("no two results merge", len(set(hashes)) == len(hashes), [h for h, n in collections.Counter(hashes).items() if n > 1][:3])
        for result in one["results"]:
            for location in result["locations"] + result["relatedLocations"]:
                physical = location["physicalLocation"]
                check("every location has a file here and a line", not physical["artifactLocation"]["uri"].startswith(("/", "file:", "..")) and physical["region"]["startLine"] >= 1, physical)
    return document["runs"][0]


def fingerprints(run_object):
    return sorted(result["partialFingerprints"]["hostfaultFinding/v1"] for result in run_object["results"])


def test_sarif():
    schema = official_schema()
    sweep("clr")
    run("hostfault", "report", "--results", at("clr"), "--sarif", at("clr.sarif"))
    one = valid_sarif(schema, at("clr.sarif"))
    check("findings are there", len(one["results"]) > 10)
    check("the category is the caller's", one["automationDetails"]["id"] == "hostfault/clr/", one["automationDetails"])
    rules = one["tool"]["driver"]["rules"]
    for rule in rules:
        properties = rule["properties"]
        check("a rule says how sure and how bad it is", properties["precision"] == "very-high" and 0 < float(properties["security-severity"]) < 10 and rule["help"]["markdown"], rule)
    with open("harness/manual/read-a-verdict.md", encoding="utf-8") as file:
        parts = dict(re.findall(r"^### ([\w-]+)\n\n(.*?)\n$", file.read(), re.M | re.S))
    check("the manual has a part for each rule, to which a build with an address links", list(parts) == [rule["id"].removeprefix("hostfault/") for rule in rules], list(parts))
    for rule in rules:
        meaning, advice = rule["help"]["markdown"].split(".\n\n")[0].split(": ", 1)[1], rule["help"]["text"].split(" The replay command")[0]
        check("the part says what the rule's help says", parts[rule["id"].removeprefix("hostfault/")] == f"{meaning[0].upper()}{meaning[1:]}. {advice}", rule["help"])
    address = rules[0].get("helpUri", "").removesuffix("#crashed")
    check("all rules link, or none", all(rule.get("helpUri", "") == (f"{address}#{rule['id'].removeprefix('hostfault/')}" if address else "") for rule in rules))
    flows = 0
    for result in one["results"]:
        check("a result's rule is the one at its index", rules[result["ruleIndex"]]["id"] == result["ruleId"])
        physical = result["locations"][0]["physicalLocation"]
        uri = physical["artifactLocation"]["uri"]
        check("sources are named from here", uri.startswith("harness/callers/clr/") and os.path.exists(uri), uri)
        check("and the line is in the file", physical["region"]["startLine"] <= len(open(uri, encoding="utf-8").readlines()))
        check("the stack is there", len(result["stacks"][0]["frames"]) > 3)
        check("the refused request and the end are there", [one["message"]["text"] for one in result["relatedLocations"]] == ["the refused request", "where it ended"][:len(result["relatedLocations"])] != [])
        for flow in result.get("codeFlows", []):
            steps = flow["threadFlows"][0]["locations"]
            flows += any(step["importance"] == "essential" for step in steps[:-1])
    check("the calls around the fault are there, and the fault among them", flows > 10, flows)
    _, known = allow(at("clr"), 1)
    run("hostfault", "report", "--results", at("clr"), "--sarif", at("known.sarif"), "--allow", at("known.allow"), status=(1,))
    suppressed = [result for result in valid_sarif(schema, at("known.sarif"))["results"] if "suppressions" in result]
    check("what is known is suppressed", [one["partialFingerprints"]["hostfaultFinding/v1"] for one in suppressed] == [known[0]["id"]])
    sweep("again")
    run("hostfault", "report", "--results", at("again"), "--sarif", at("again.sarif"))
    check("another sweep has the same fingerprints", fingerprints(one) == fingerprints(valid_sarif(schema, at("again.sarif"))))
    for folder in by_hand():
        run("hostfault", "report", "--results", folder, "--sarif", at("x.sarif"))
        valid_sarif(schema, at("x.sarif"))
    run("hostfault", "diff", at("before"), at("after"), "--sarif", at("x.sarif"))
    states = collections.Counter(result["baselineState"] for result in valid_sarif(schema, at("x.sarif"))["results"])
    check("each finding says how it compares", states == {"new": 1, "updated": 2, "absent": 1, "unchanged": 1}, states)


def test_sarif_of_a_program_without_sources():
    schema = official_schema()
    run("hostfault", "sweep", "--results", at("ls"), "--quiet", "--", "/bin/ls", "/")
    run("hostfault", "report", "--results", at("ls"), "--sarif", at("ls.sarif"))
    one = valid_sarif(schema, at("ls.sarif"))
    check("a stripped program has a finding", len(one["results"]) >= 1)
    stand_ins = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in one["results"]}
    check("at a file that stands for it", stand_ins == {"CMakeLists.txt"}, stand_ins)
    check("which is said", all("shown at this file" in result["message"]["text"] for result in one["results"]))
    check("a command has one category", one["automationDetails"]["id"] == "hostfault/ls/", one["automationDetails"])
    sweep("shard", "--shard", "1/2")
    run("hostfault", "report", "--results", at("shard"), "--sarif", at("shard.sarif"))
    check("a shard has a category of its own", valid_sarif(schema, at("shard.sarif"))["automationDetails"]["id"] == "hostfault/clr/1-of-2/")


def test_sarif_limits():
    import gzip

    run("page-sweeps", "crashes", at("crashes"))
    run("hostfault", "report", "--results", at("crashes"), "--sarif", at("crashes.sarif"))
    one = load(at("crashes.sarif"))["runs"][0]
    check("no more results than code scanning takes", len(one["results"]) == 25000, len(one["results"]))
    said = [note["message"]["text"] for note in one["invocations"][0]["toolExecutionNotifications"]]
    check("what is left out is said", any(text.startswith("1000 of 26000 findings are left out") for text in said), said)
    with open(at("crashes.sarif"), "rb") as file:
        size = len(gzip.compress(file.read(), 6))
    check("no larger than code scanning takes", size < 10_000_000, size)


# Traces by the trace event format's fields, and by speedscope

KINDS = {"M": {"args"}, "X": {"dur", "args"}, "B": {"args"}, "i": {"s"}, "C": {"args"}}


def check_events(events):
    for event in events:
        fields = KINDS.get(event["ph"])
        check("the kind of event is one we write", fields is not None, event)
        check("an event has what every event has", {"name", "ph", "ts", "pid", "tid"} <= event.keys(), event)
        check("and what its kind has", fields <= event.keys(), event)
        check("times are not negative", event["ts"] >= 0 and event.get("dur", 0) >= 0, event)
    check("scopes of instants are documented ones", {event["s"] for event in events if event["ph"] == "i"} <= {"g", "p", "t"})
    check("counters are numbers", all(isinstance(value, int) for event in events if event["ph"] == "C" for value in event["args"].values()))


def speedscope(path):
    from chromium import start_browser
    from selenium.webdriver.support.ui import WebDriverWait

    with open(path, "rb") as file:
        text = base64.b64encode(file.read()).decode()
    with open(at("profile.js"), "w", encoding="utf-8") as file:
        file.write(f'speedscope.loadFileFromBase64("run.json", "{text}")')
    browser = start_browser("--allow-file-access-from-files")
    try:
        browser.get(f"file://{os.getcwd()}/out/npm/node_modules/speedscope/dist/release/index.html#localProfilePath={at('profile.js')}")
        WebDriverWait(browser, 30).until(lambda b: "run.json" in b.title)
        said = [entry["message"] for entry in browser.get_log("browser")]
    finally:
        browser.quit()
    check("speedscope takes it as what it is", any("Importing as Trace Event Format" in line for line in said), said)
    check("and has nothing to complain of", not any("Tried to end" in line for line in said), [line for line in said if "Tried" in line][:3])


def test_trace():
    callers = {"one": ("clr", "call: VirtualAlloc, when: 20, return: E_OUTOFMEMORY")}
    if any(line.startswith("jemalloc") and "missing" not in line for line in run("hostfault", "list", "callers").stdout.splitlines()):
        callers["many"] = ("jemalloc", "call: VirtualAlloc, when: 40, return: HOST_E_TIMEOUT")
    else:
        print("SKIPPED of formats.trace: a caller of many threads, for jemalloc is not built here")
    for name, (caller, fault) in callers.items():
        run("hostfault", "run", "--caller", caller, "--fault", fault, "--results", at(name))
        runs = os.listdir(at(f"{name}/runs"))
        run("hostfault", "trace", at(f"{name}/runs/{runs[0]}"), "--perfetto", at(f"{name}.json"))
        events = load(at(f"{name}.json"))["traceEvents"]
        check_events(events)
        summary = run("hostfault", "trace", at(f"{name}/runs/{runs[0]}")).stdout.splitlines()[-1]
        calls = [event for event in events if event["ph"] in "XB"]
        check("every call is a slice", f"calls={len(calls)} " in summary, (len(calls), summary))
        check("every fault is an instant", f"fired={sum(event['name'].startswith('fault ') for event in events)}" in summary, summary)
        check("memory is a counter", sum(event["ph"] == "C" for event in events) > 5, name)
        speedscope(at(f"{name}.json"))


# SVG


def drawn(path):
    """The texts of a picture, which is nothing but a picture."""
    root = xml.etree.ElementTree.parse(path).getroot()
    for element in root.iter():
        name = element.tag.removeprefix("{http://www.w3.org/2000/svg}")
        check("a picture has shapes and texts alone", name in ("svg", "title", "rect", "line", "path", "text"), element.tag)
        check("and nothing that acts or fetches", not [key for key in element.attrib if key.startswith("on") or "href" in key or "url(" in element.attrib[key]], element.attrib)
    width, height = float(root.get("width")), float(root.get("height"))
    for element in root.iter("{http://www.w3.org/2000/svg}text"):
        check("texts are on the picture", 0 <= float(element.get("x")) <= width and 0 <= float(element.get("y")) <= height, (element.attrib, width, height))
    return [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")], root


def test_svg():
    sweep("clr")
    run("hostfault", "report", "--results", at("clr"), "--svg", at("clr.svg"))
    texts, _ = drawn(at("clr.svg"))
    findings = json.loads(run("hostfault", "report", "--results", at("clr"), "--json").stdout)["sweeps"][0]["findings"]
    check("it has the worst findings and counts the others", f"and {len(findings) - 8} more" in texts and sum(text in ("violated", "storm") for text in texts) == 8, texts)
    for folder in by_hand():
        run("hostfault", "report", "--results", folder, "--svg", at("x.svg"))
        drawn(at("x.svg"))
        run("hostfault", "diff", at("before"), folder, "--svg", at("x.svg"))
        drawn(at("x.svg"))
    run("hostfault", "diff", at("before"), at("after"), "--svg", at("x.svg"))
    texts, _ = drawn(at("x.svg"))
    check("a comparison counts each kind", all(kind in texts for kind in ("new", "worse", "fixed", "as before")), texts)
    run("hostfault", "run", "--caller", "clr", "--fault", "call: VirtualAlloc, when: 20, return: E_OUTOFMEMORY", "--results", at("one"))
    folder = os.path.join(at("one"), "runs", os.listdir(at("one") + "/runs")[0])
    run("hostfault", "trace", folder, "--svg", at("run.svg"))
    texts, root = drawn(at("run.svg"))
    check("a run's fault is named", "VirtualAlloc E_OUTOFMEMORY 0x8007000E" in texts, texts)
    curves = [element.get("d") for element in root.iter("{http://www.w3.org/2000/svg}path")]
    check("its memory is drawn, and that of the run without faults", len(curves) == 3 and all(curve.count("V") > 20 for curve in curves), [len(curve) for curve in curves])


def size_of_png(path):
    """Width and height; the file's own checks are those of its reader."""
    with open(path, "rb") as file:
        head = file.read(24)
    check(f"{path} is a PNG", head[:8] == b"\x89PNG\r\n\x1a\n" and head[12:16] == b"IHDR", head)
    return struct.unpack(">II", head[16:24])


def test_png():
    """The same pictures, drawn by rsvg-convert."""
    sweep("clr")
    run("hostfault", "run", "--caller", "clr", "--fault", "call: VirtualAlloc, when: 20, return: E_OUTOFMEMORY", "--results", at("one"))
    run("cli-results", "before", at("before"))
    folder = os.path.join(at("one"), "runs", os.listdir(at("one") + "/runs")[0])
    for name, command in (("report", ["report", "--results", at("clr")]), ("diff", ["diff", at("before"), at("clr")]), ("trace", ["trace", folder])):
        run("hostfault", *command, "--svg", at(name + ".svg"), "--png", at(name + ".png"))
        _, root = drawn(at(name + ".svg"))
        check("it is twice as large as the SVG", size_of_png(at(name + ".png")) == tuple(2 * int(root.get(side)) for side in ("width", "height")))
    on_stdout = subprocess.run(["hostfault", "report", "--results", at("clr"), "--png", "-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    with open(at("report.png"), "rb") as file:
        check("it goes to stdout too", on_stdout == file.read(), len(on_stdout))
    os.mkdir(at("bin"))
    tool = shutil.which("hostfault")
    for name, status, words, script in (
        ("no rsvg-convert is told before anything is done", 2, "rsvg-convert, which is not in PATH", None),
        ("one that fails is told", 3, "rsvg-convert ended with status 7", "cat > /dev/null; exit 7"),
        ("one that is killed is told", 3, "rsvg-convert ended with signal 9", "kill -9 $$"),
        ("what is no PNG is told", 3, "rsvg-convert wrote no PNG", "cat"),
    ):
        if script is not None:
            with open(at("bin/rsvg-convert"), "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
            os.chmod(at("bin/rsvg-convert"), 0o755)
        done = run(tool, "report", "--results", at("clr"), "--png", at("none.png"), status=(status,), environment={"PATH": os.path.abspath(at("bin"))})
        check(name, words in done.stderr and "--svg" in done.stderr and not os.path.exists(at("none.png")), done.stderr)


# The order of findings, everywhere


def page_data(path):
    with open(path, encoding="utf-8") as file:
        return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', file.read(), re.S).group(1))


def test_order():
    """Worst first, of equal severity as the outcomes are listed, then what most calls lead to; what is allowed comes last. The same in every report."""
    sweep("clr")
    findings, _ = allow(at("clr"), 0, 2)
    for allowed in ([], ["--allow", at("known.allow")]):
        told = json.loads(run("hostfault", "report", "--results", at("clr"), "--html", at("x.html"), "--svg", at("x.svg"), "--json", *allowed).stdout)["sweeps"][0]["findings"]
        ids = [one["id"] for one in told]
        page = page_data(at("x.html"))
        shown = page["sweeps"][0]["findings"]
        check("the page has the order of the JSON", [one["id"] for one in shown] == ids)
        rank = {row["name"]: (-row["severity"], i) for i, row in enumerate(page["outcomes"])}
        keys = [(one["allowed"] is not None, *rank[one["outcome"]], -on_page["entries"]) for one, on_page in zip(told, shown)]
        check("they are in order", keys == sorted(keys), keys)
        check("some are of equal severity, and some of equal outcome", len({key[1] for key in keys}) < len({key[1:3] for key in keys}) < len(keys), keys)
        text = run("hostfault", "report", "--results", at("clr"), *allowed).stdout
        check("the terminal has it", re.findall(r"hostfault replay ([0-9a-f]+)", text) == ids, text)
        texts, _ = drawn(at("x.svg"))
        check("the picture has it", [one for one in texts if one in rank] == [one["outcome"] for one in told][:8], texts)
    check("what is allowed is last", ids[-2:] == [findings[0]["id"], findings[2]["id"]], ids)
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": at("summary.md")}
    annotated = run("hostfault", "report", "--results", at("clr"), environment=environment).stderr
    check("GitHub's annotations have it", re.findall(r"hostfault replay ([0-9a-f]+)", annotated) == [one["id"] for one in findings][:10], annotated)
    run("hostfault", "report", "--results", at("clr"), "--sarif", at("x.sarif"))
    ranks = [rank[result["ruleId"].removeprefix("hostfault/")] for result in load(at("x.sarif"))["runs"][0]["results"]]
    check("SARIF has the worst first", ranks == sorted(ranks), ranks)


# GitLab


def test_gitlab():
    sweep("clr")
    for folder in [at("clr"), *by_hand()]:
        run("hostfault", "report", "--results", folder, "--gitlab", at("quality.json"), "--findings", at("list.json"))
        issues = load(at("quality.json"))
        check("an issue for each finding", sorted(issue["fingerprint"] for issue in issues) == sorted(one["id"] for one in load(at("list.json"))["findings"]))
        for issue in issues:  # docs.gitlab.com: what an issue must have, and no more
            check("an issue has what GitLab wants", issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}, issue)
            check("its severity is one of GitLab's", issue["severity"] in ("info", "minor", "major", "critical", "blocker"), issue)
            path, line = issue["location"]["path"], issue["location"]["lines"]["begin"]
            check("its place is in the repository", os.path.exists(path) and not path.startswith(("/", ".")) and line >= 1, issue)
    run("hostfault", "report", "--results", at("clr"), "--gitlab", at("quality.json"))
    check("places are those of the sources", all(issue["location"]["path"].startswith("harness/callers/clr/") for issue in load(at("quality.json"))))


# GitHub


def test_github():
    folders = by_hand()
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": at("summary.md")}
    sweep("clr")
    plain = run("hostfault", "report", "--results", at("clr"))
    check("outside a workflow nothing is annotated", "::" not in plain.stderr)
    told = run("hostfault", "report", "--results", at("clr"), environment=environment)
    lines = told.stderr.splitlines()
    check("findings are annotated, at most ten", len(lines) == 10 and all(line.startswith(("::error file=harness/callers/clr/", "::warning file=")) for line in lines), lines[:2])
    check("what is printed is the same", told.stdout == plain.stdout)
    everything = range(len(json.loads(run("hostfault", "report", "--results", at("clr"), "--json").stdout)["sweeps"][0]["findings"]))
    allow(at("clr"), *everything)
    known = run("hostfault", "report", "--results", at("clr"), "--allow", at("known.allow"), environment={**environment, "GITHUB_STEP_SUMMARY": at("known.md")}, status=(0,))
    check("what is known is not annotated", "::" not in known.stderr, known.stderr[:300])
    with open(at("known.md"), encoding="utf-8") as file:
        check("but told in the summary", file.read().count("; allowed: known") == min(len(everything), 50))
    run("hostfault", "diff", at("before"), at("after"), environment=environment)
    with open(at("summary.md"), encoding="utf-8") as file:
        summary = file.read()
    check("the summary has the sweep and then the comparison", 0 <= summary.find("### hostfault: clr") < summary.find("### hostfault diff"))
    check("with the matrix", any(line.startswith("| function | ") and "| E\\_FAIL once |" in line for line in summary.splitlines()), summary[:600])
    failing = run("hostfault", "run", "harness/tests/cli/fixtures/fails.yaml", "--results", at("runs"), environment=environment)
    check("a scenario that failed is annotated in its file", "::error file=harness/tests/cli/fixtures/fails.yaml,title=" in failing.stderr, failing.stderr)
    for folder in folders:
        told = run("hostfault", "report", "--results", folder, environment=environment).stderr
        commands = [line for line in told.splitlines() if line.startswith("::")]
        check("a hostile name gives no command of its own", len(commands) <= 5 and all(line.startswith(("::error ", "::warning ")) for line in commands), commands)
    with open(at("summary.md"), encoding="utf-8") as file:
        summary = file.read()
    check("and no markup", "<script" not in summary.replace("\\<script", ""), summary[-400:])


for test in [test for name, test in globals().items() if name == f"test_{part}" or name.startswith(f"test_{part}_")]:
    test()
print(f"formats.{part}: {checks} checks passed")

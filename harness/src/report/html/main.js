/* SPDX-License-Identifier: MIT
 * The page as a whole: head, views, filters, keys, and the address, which holds what is shown so that it can be sent on.
 */
function isDark() {
  return document.documentElement.classList.contains('dark');
}

function setTheme(theme) {
  document.documentElement.classList.toggle('dark', theme === 'dark');
}

function startTheme() {
  const wish = window.matchMedia('(prefers-color-scheme: dark)');
  let chosen = null;
  try {
    chosen = localStorage.getItem('hostfault-theme');
  } catch (refused) { /* a page from disk may have no storage */ }
  setTheme(chosen || (wish.matches ? 'dark' : 'light'));
  wish.addEventListener('change', () => { if (!chosen) setTheme(wish.matches ? 'dark' : 'light'); });
}

function turnTheme() {
  const theme = isDark() ? 'light' : 'dark';
  setTheme(theme);
  try {
    localStorage.setItem('hostfault-theme', theme);
  } catch (refused) { /* then it lasts as long as the page */ }
  drawTop();
}

function outcomeOrder() {
  return outcomes.map((_, i) => i).sort((a, b) => rank[b] - rank[a]);
}

/* Search and outcomes: they narrow every view. */
function filtersOf(sweep) {
  const search = h('input', { id: 'search', type: 'search', placeholder: 'Search functions, files, reasons', 'aria-label': 'search', autocomplete: 'off', spellcheck: 'false', oninput: event => { state.query = event.target.value; refresh(); } });
  search.value = state.query;
  return h('div', { class: 'filters' }, h('div', { class: 'search' }, search, h('kbd', { 'aria-hidden': 'true' }, '/')), chipsOf(sweep));
}

/* After a word was typed: the search box stays as it is. */
function refresh() {
  if (state.view === 'matrix') {
    drawMatrix();
    writeAddress();
  } else {
    show();
  }
}

function chipsOf(sweep) {
  return h('div', { class: state.outcomes.size ? 'chips some' : 'chips', role: 'group', 'aria-label': 'show only outcomes' }, outcomeOrder().filter(i => sweep.counts[i] > 0).map(i =>
    h('button', { class: 'chip', type: 'button', 'aria-pressed': String(state.outcomes.has(i)), title: outcomes[i].meaning, 'data-outcome': outcomes[i].name, onclick: () => {
      if (!state.outcomes.delete(i)) state.outcomes.add(i);
      drawTop();
      show();
    } }, sign(i), outcomes[i].name, h('span', { class: 'n' }, number(sweep.counts[i])))));
}

function tabsOf() {
  const views = [];
  if (data.sweeps.length > 1) views.push(['callers', 'Callers', data.sweeps.length]);
  if (data.sweeps.length) views.push(['findings', 'Findings', sweepNow().findings.length], ['matrix', 'Matrix', null]);
  else if (data.runs.length) views.push(['run', 'Run', null]);
  if (data.runs.length) views.push(['memory', 'Memory', null]);
  if (data.changes) views.push(['changes', 'Changes', data.changes.changes.length]);
  return h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'views' }, views.map(([id, name, n]) => h('button', { class: 'tab', type: 'button', role: 'tab', id: 'tab-' + id, 'aria-selected': String(state.view === id), onclick: () => setView(id) },
    name, n === null ? '' : h('span', { class: 'n' }, number(n)))));
}

/* "3 crashed, 2 leaked": findings by outcome, worst first. */
function tallyOf(findings) {
  return outcomeOrder().map(i => [i, findings.filter(finding => finding.outcome === i).length]).filter(([, n]) => n > 0).map(([i, n]) => `${number(n)} ${outcomes[i].name}`).join(', ');
}

/* What is wrong, in one sentence. */
function verdictOf(sweep) {
  const open = sweep.findings.filter(finding => !finding.allowed);
  const allowed = sweep.findings.length - open.length;
  const more = allowed ? `, and ${number(allowed)} that ${allowed === 1 ? 'is' : 'are'} allowed` : '';
  if (!open.length) return `Nothing is wrong: every failed request was reported in order or made no difference${more}.`;
  return `${count(open.length, 'finding')}: ${tallyOf(open)}${more}.`;
}

function titleOf(sweep) {
  const total = sweep.points.count;
  return [h('div', { class: 'title' }, h('h1', {}, sweep.caller), h('span', { class: 'sum' }, h('b', {}, verdictOf(sweep)))),
    h('p', { class: 'about' }, [`${count(total, 'request')} failed, one a run, at ${count(sweep.sites.count, 'place')}`, sweep.options, sweep.isolation === 'fork' ? 'in clones of one run' : 'in runs from the beginning', `swept ${sweep.started.replace('T', ' ').replace(/\..*$/, '')} UTC`].join(' \u00b7 '),
      sweep.finished ? '' : h('span', { class: 'warn' }, ' \u00b7 not finished'))];
}

/* Of a page of one run. */
function titleOfRun(run) {
  return [h('div', { class: 'title' }, h('h1', {}, run.name), h('span', { class: 'sum' }, h('b', {}, run.outcome), ` after ${count(run.faults.length, 'fault')} in ${count(run.memory.calls, 'call')}`)),
    h('p', { class: 'about' }, run.folder)];
}

function runView() {
  const run = data.runs[0];
  const outcome = outcomes.findIndex(one => one.name === run.outcome);
  return [h('div', { class: 'list run' }, h('section', { class: 'ending' }, outcome >= 0 ? sign(outcome, true) : '', h('p', { class: 'reason' }, run.reason)),
    run.responses.length ? section('Responses', '', run.responses.map(one => h('p', { class: 'note' }, h('code', {}, `${one.method} ${one.hresult}`), ` \u2192 ${one.response}${one.rule === null ? ' (the host itself failed)' : ''}`))) : '',
    runSections(run), section('Scenario script', '', copyBox(run.script, 'scenario script')))];
}

function drawTop() {
  const sweep = sweepNow();
  const dark = isDark();
  const bar = h('div', { class: 'bar' }, h('span', { class: 'brand' }, s('svg', { class: 'icon', 'aria-hidden': 'true' }, s('use', { href: '#i-mark' })), 'hostfault'),
    data.sweeps.length > 1 && state.view !== 'callers' ? h('select', { id: 'sweep', 'aria-label': 'sweep', onchange: event => changeSweep(Number(event.target.value)) }, data.sweeps.map((one, i) => h('option', { value: i, selected: i === state.sweep }, `${one.caller} (${count(one.findings.length, 'finding')})`))) : '',
    h('span', { class: 'space' }), h('button', { class: 'icon-button', type: 'button', title: 'Keys (?)', 'aria-label': 'Keys', onclick: showHelp }, h('b', { 'aria-hidden': 'true' }, '?')),
    h('button', { class: 'icon-button', id: 'theme', type: 'button', title: dark ? 'Light' : 'Dark', 'aria-label': dark ? 'Light colours' : 'Dark colours', onclick: turnTheme }, icon(dark ? 'light' : 'dark')));
  const isOverview = sweep && state.view === 'callers';
  const parts = isOverview ? [bar, h('div', { class: 'title' }, h('h1', {}, count(data.sweeps.length, 'caller'))), filtersOf({ counts: outcomes.map((_, i) => data.sweeps.reduce((sum, one) => sum + one.counts[i], 0)) }), tabsOf()]
    : sweep ? [bar, titleOf(sweep), h('div', { class: 'shares', 'aria-hidden': 'true' }, outcomeOrder().filter(i => sweep.counts[i] > 0).map(i => h('i', { class: 'o-' + outcomes[i].name, style: { flex: String(sweep.counts[i]) } }))), filtersOf(sweep), tabsOf()]
    : [bar, data.changes ? h('div', { class: 'title' }, h('h1', {}, 'Changes')) : titleOfRun(data.runs[0]), tabsOf()];
  document.getElementById('top').replaceChildren(...parts.flat());
}

function choice(label, value, options, change) {
  return h('label', {}, label, h('select', { onchange: event => change(event.target.value) }, options.map(([key, name]) => h('option', { value: key, selected: String(key) === String(value) }, name))));
}

function matrixTools(sweep) {
  const methods = [...new Set(sweep.sites.method)].map(one => [one, strings[one]]).sort((a, b) => (a[1] < b[1] ? -1 : 1));
  const responses = [...new Set(sweep.points.response)].filter(one => one < data.responses.length).sort((a, b) => a - b).map(one => [one, data.responses[one].name]);
  return h('div', { class: 'tools' },
    choice('Order', state.order, Object.entries(orders).map(([key, one]) => [key, one.name]), value => { state.order = value; drawMatrix(); writeAddress(); }),
    methods.length > 1 ? choice('Method', state.method, [['', 'all'], ...methods], value => { state.method = value; drawMatrix(); }) : '',
    responses.length > 1 ? choice('Response', state.response, [['', 'all'], ...responses], value => { state.response = value; drawMatrix(); }) : '',
    h('span', { class: 'count', id: 'tally', role: 'status' }));
}

function clearFilters() {
  Object.assign(state, { query: '', method: '', response: '' });
  state.outcomes.clear();
  drawTop();
  show();
}

/* The point that shows a finding most plainly; -1: none of it is in this sweep. */
function plainestOf(sweep, finding) {
  let best = -1;
  for (let i = 0; i < sweep.points.count; i++) {
    if (findingOf(sweep, i) !== finding) continue;
    if (isPlainest(sweep, i, finding)) return i;
    if (best < 0) best = i;
  }
  return best;
}

/* Opens a point beside the view. */
function openPoint(point) {
  const sweep = sweepNow();
  const column = sweep.columns.find(one => one.id === sweep.points.result[point] * 2 + sweep.points.onwards[point]);
  state.cell = { site: sweep.points.site[point], column: column.index };
  if (state.view === 'matrix') revealCell(state.cell.site, state.cell.column);
  showPoint(point);
}

function openFinding(finding) {
  const point = plainestOf(sweepNow(), finding);
  if (point < 0) return;
  openPoint(point);
  markCard(finding);
}

function markCard(finding) {
  document.querySelectorAll('.card').forEach(card => {
    card.classList.toggle('at', card.dataset.id === finding.id);
    if (card.dataset.id === finding.id) card.scrollIntoView({ block: 'nearest' });
  });
}

function adviceOf(finding) {
  return finding.allowed ? `Nothing: it is allowed (${finding.allowed}).` : outcomes[finding.outcome].advice;
}

/* A long list of failures in a few words. */
function failuresText(results) {
  return results.length > 2 ? `${results[0]} and ${results.length - 1} other failures` : results.join(' or ');
}

function cardOf(finding) {
  const ways = finding.entries > 1 ? `, and ${number(finding.entries - 1)} other ${finding.entries === 2 ? 'way' : 'ways'} into it` : '';
  const facts = [['When', [h('span', { class: 'mono' }, finding.method), ' fails in ', h('span', { class: 'mono' }, finding.place), ` with ${failuresText(finding.results)}${ways}`]], ['Then', finding.reason], ['Do', h('b', {}, adviceOf(finding))]];
  return h('article', { class: `card finding${finding.allowed ? ' allowed' : ''}`, 'data-id': finding.id },
    sign(finding.outcome, true),
    h('div', { class: 'what' },
      h('h2', {}, h('button', { class: 'open', type: 'button', onclick: () => openFinding(finding) }, h('span', { class: `word o-${outcomes[finding.outcome].name}` }, outcomes[finding.outcome].name), ' ', h('span', { class: 'mono' }, finding.headline))),
      h('dl', { class: 'steps' }, facts.filter(([, text]) => text && text.length !== 0).map(([name, text]) => [h('dt', {}, name), h('dd', {}, text)]))),
    h('div', { class: 'again' }, copyBox(`hostfault replay ${finding.id}${data.options}`, 'replay line')));
}

function findingsView() {
  const sweep = sweepNow();
  const history = historyOf(sweep);
  if (!sweep.findings.length) return [h('div', { class: 'list' }, h('p', { class: 'empty' }, 'No finding: every failed request was reported in order, or made no difference.'), history)];
  const shown = sweep.findings.filter(findingPasses);
  return [h('div', { class: 'list' }, shown.length < sweep.findings.length ? h('p', { class: 'note narrowed', role: 'status' }, `${number(shown.length)} of ${count(sweep.findings.length, 'finding')} `, h('button', { class: 'link', type: 'button', onclick: clearFilters }, 'Show all')) : '',
    h('div', { class: 'cards' }, shown.map(cardOf)), history)];
}

/* The sweeps of a caller that the database has, oldest first, each with what it found that the one before had not, and what it no longer found. */
function historyOf(sweep) {
  if (!sweep.past.length) return '';
  const all = [...sweep.past].reverse().map(one => ({ started: one.started, ids: new Set(one.findings) }));
  all.push({ started: sweep.started, ids: new Set(sweep.findings.map(one => one.id)) });
  const steps = all.map((one, i) => {
    const before = i > 0 ? all[i - 1].ids : one.ids;
    const fresh = [...one.ids].filter(id => !before.has(id)).length;
    const fixed = [...before].filter(id => !one.ids.has(id)).length;
    return { started: one.started, fresh, fixed, still: one.ids.size - fresh };
  });
  const most = Math.max(1, ...steps.map(one => one.still + one.fresh), ...steps.map(one => one.fixed));
  const [width, height, base] = [Math.max(160, steps.length * 26), 96, 66];
  const tall = n => n / most * (base - 14);
  const bars = steps.map((one, i) => {
    const x = 8 + i * 26;
    const text = `${one.started.replace('T', ' ')}: ${one.still} still there, ${one.fresh} new, ${one.fixed} fixed`;
    return s('g', {}, s('title', {}, text), s('rect', { class: 'still', x, width: 18, y: base - tall(one.still), height: tall(one.still) }),
      s('rect', { class: 'fresh', x, width: 18, y: base - tall(one.still + one.fresh), height: tall(one.fresh) }), s('rect', { class: 'fixed', x, width: 18, y: base + 1, height: Math.min(28, tall(one.fixed)) }),
      s('text', { x: x + 9, y: base - tall(one.still + one.fresh) - 4, 'text-anchor': 'middle' }, number(one.still + one.fresh)));
  });
  const last = steps[steps.length - 1];
  return h('section', { class: 'history' }, h('h2', {}, 'History'), h('p', { class: 'note' }, `${count(steps.length, 'sweep')} of this caller; since the one before: ${last.fresh} new, ${last.fixed} fixed, ${last.still} still there.`),
    s('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': `findings of ${steps.length} sweeps; the last: ${last.fresh} new, ${last.fixed} fixed, ${last.still} still there` }, s('line', { class: 'axis', x1: 0, x2: width, y1: base + .5, y2: base + .5 }), bars),
    h('div', { class: 'legend' }, h('span', {}, h('i', { class: 'k-fresh' }), 'new'), h('span', {}, h('i', { class: 'k-still' }), 'still there'), h('span', {}, h('i', { class: 'k-fixed' }), 'fixed')));
}

/* The callers with their numbers, worst first. */
function callersInOrder() {
  const worst = sweep => Math.max(-1, ...sweep.findings.map(finding => rank[finding.outcome]));
  return data.sweeps.map((sweep, i) => [sweep, i]).sort((a, b) => worst(b[0]) - worst(a[0]) || b[0].findings.length - a[0].findings.length || a[1] - b[1]);
}

/* A row for each caller. */
function callersView() {
  const order = callersInOrder();
  const rows = order.filter(([sweep]) => !(state.query || state.outcomes.size) || sweep.findings.some(findingPasses)).map(([sweep, i]) => {
    const first = sweep.findings[0];
    return h('article', { class: 'card caller' }, sign(first ? first.outcome : outcomes.findIndex(one => one.name === 'ok'), true),
      h('div', { class: 'what' }, h('h2', {}, h('button', { class: 'open', type: 'button', onclick: () => { changeSweep(i); setView('findings'); } }, sweep.caller)), h('p', {}, verdictOf(sweep)),
        first ? h('p', { class: 'why' }, 'Worst: ', h('b', {}, outcomes[first.outcome].name), ' ', h('span', { class: 'mono' }, first.headline)) : '',
        h('div', { class: 'shares', 'aria-hidden': 'true' }, outcomeOrder().filter(k => sweep.counts[k] > 0).map(k => h('i', { class: 'o-' + outcomes[k].name, style: { flex: String(sweep.counts[k]) } })))),
      h('div', { class: 'more' }, h('div', {}, count(sweep.points.count, 'point')), h('div', {}, count(sweep.sites.count, 'site'))));
  });
  return [h('div', { class: 'list' }, rows.length ? h('div', { class: 'cards' }, rows) : h('p', { class: 'empty' }, 'Nothing passes the filters. ', h('button', { type: 'button', onclick: clearFilters }, 'Show all')))];
}

function changePasses(change) {
  const outcome = outcomes.findIndex(one => one.name === (change.is || change.was));
  if (state.outcomes.size && !state.outcomes.has(outcome)) return false;
  const text = [change.kind, change.is, change.was, change.place, change.caller, change.fingerprint, ...change.results].join('\n').toLowerCase();
  return state.query.toLowerCase().split(/\s+/).every(word => text.includes(word));
}

function changesView() {
  const { changes, counts } = data.changes;
  const sum = Object.entries(counts).map(([kind, n]) => `${n} ${kind === 'same' ? 'as before' : kind}`).join(', ');
  return [h('div', { class: 'list' }, h('p', { class: 'muted', style: { 'margin-bottom': '12px' } }, sum), h('div', { class: 'cards' }, changes.filter(changePasses).map(change => {
    const outcome = outcomes.findIndex(one => one.name === (change.is || change.was));
    const at = data.sweeps.findIndex(sweep => sweep.findingOf.has(change.id));
    const open = () => {
      if (at !== state.sweep) changeSweep(at);
      openFinding(data.sweeps[at].findingOf.get(change.id));
    };
    return h('div', { class: 'card' }, sign(outcome, true), h('div', { class: 'what' }, h('div', {}, h('span', { class: 'kind ' + change.kind }, change.kind), ' ', h('b', {}, change.is && change.was ? `${change.is}, was ${change.was}` : change.is || change.was), ' ', at >= 0 && change.is ? h('button', { class: 'mono link', type: 'button', onclick: open }, change.place) : h('span', { class: 'mono' }, change.place)),
      h('div', { class: 'why' }, `${change.caller} \u00b7 ${change.results.join(', ')}`)), change.is ? copyBox(`hostfault replay ${change.id}${data.options}`, 'replay line') : '');
  })))];
}

const views = { callers: callersView, matrix: matrixView, findings: findingsView, memory: memoryView, changes: changesView, run: runView };

function show() {
  const main = document.getElementById('main');
  const panel = document.getElementById('panel');
  main.replaceChildren(h('div', { class: 'view', role: 'tabpanel', 'aria-labelledby': 'tab-' + state.view }, views[state.view]()));
  if (panel && state.cell && state.view !== 'memory') main.append(panel);
  if (state.view === 'matrix') drawMatrix();
  writeAddress();
}

function setView(view) {
  state.view = view;
  drawTop();
  show();
}

function changeSweep(index) {
  Object.assign(state, { sweep: index, cell: null, point: -1, method: '', response: '' });
  state.outcomes.clear();
  state.turned.clear();
  const panel = document.getElementById('panel');
  if (panel) panel.remove();
  document.getElementById('main').classList.remove('opened');
  drawTop();
  show();
}

/* The address */

/* What is shown first: what is wrong. */
const home = data.changes ? 'changes' : data.sweeps.length > 1 ? 'callers' : data.sweeps.length ? (data.sweeps[0].findings.length ? 'findings' : 'matrix') : 'run';

let homeSweep = 0;

/* A sweep by its caller; the second of one name has "2" behind it. */
function sweepName(index) {
  const { caller } = data.sweeps[index];
  const before = data.sweeps.slice(0, index).filter(one => one.caller === caller).length;
  return before ? `${caller} ${before + 1}` : caller;
}

/* Names, not numbers: a link holds when the page is made again of another sweep. */
function writeAddress() {
  const parts = new URLSearchParams();
  if (state.sweep !== homeSweep) parts.set('sweep', sweepName(state.sweep));
  if (state.view !== home) parts.set('view', state.view);
  if (state.query) parts.set('q', state.query);
  if (state.order !== 'worst') parts.set('order', state.order);
  if (state.outcomes.size) parts.set('only', [...state.outcomes].map(i => outcomes[i].name).join(' '));
  if (state.view === 'memory' && data.runs[state.run] && data.runs[state.run].finding) parts.set('run', data.runs[state.run].finding);
  if (state.cell && state.point >= 0) {
    const finding = findingOf(sweepNow(), state.point);
    if (finding) parts.set('finding', finding.id);
    if (!finding || plainestOf(sweepNow(), finding) !== state.point) parts.set('point', pointKey(sweepNow(), state.point));
  }
  const text = parts.toString();
  try {
    history.replaceState(null, '', text ? '#' + text : location.pathname + location.search);
  } catch (refused) { /* some browsers allow it too rarely, or not from disk */ }
}

/* The point that the address names; -1: none. */
function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const wanted = parts.get('finding') || '';
  const named = data.sweeps.findIndex((_, i) => sweepName(i) === parts.get('sweep'));
  const has = data.sweeps.findIndex(sweep => sweep.findingOf.has(wanted));
  state.sweep = named >= 0 ? named : has >= 0 ? has : data.sweeps.length ? callersInOrder()[0][1] : 0;
  homeSweep = data.sweeps.length ? callersInOrder()[0][1] : 0;
  state.view = has >= 0 && home === 'callers' ? 'findings' : home;
  drawTop();
  if (document.getElementById('tab-' + (parts.get('view') || ''))) state.view = parts.get('view');
  state.query = parts.get('q') || '';
  if (Object.hasOwn(orders, parts.get('order') || '')) state.order = parts.get('order');
  (parts.get('only') || '').split(' ').forEach(name => { const i = outcomes.findIndex(one => one.name === name); if (i >= 0) state.outcomes.add(i); });
  state.run = Math.max(0, data.runs.findIndex(run => run.finding && run.finding === parts.get('run')));
  if (!data.sweeps.length) return -1;
  const sweep = sweepNow();
  const point = parts.has('point') ? pointByKey(sweep, parts.get('point')) : -1;
  return point < 0 && sweep.findingOf.has(wanted) ? plainestOf(sweep, sweep.findingOf.get(wanted)) : point;
}

/* Keys */

function stepFinding(step) {
  const sweep = sweepNow();
  const now = state.point >= 0 ? findingOf(sweep, state.point) : undefined;
  const shown = sweep.findings.filter(findingPasses);
  const at = now ? shown.indexOf(now) : step > 0 ? -1 : 0;
  if (state.view !== 'matrix' && state.view !== 'findings') setView('findings');
  if (shown.length) openFinding(shown[(at + step + shown.length) % shown.length]);
}

const keys = [
  ['/', 'search', () => document.getElementById('search').focus()],
  ['n', 'next finding', () => stepFinding(1)],
  ['p', 'finding before', () => stepFinding(-1)],
  ['c', 'copy the replay line of what is open', () => { if (state.point >= 0) copyText(replayOf(sweepNow(), state.point), 'replay line'); }],
  ['1', 'findings', () => setView('findings')],
  ['2', 'matrix', () => setView('matrix')],
  ['3', 'memory over time', () => { if (data.runs.length) setView('memory'); }],
  ['d', 'dark or light', turnTheme],
  ['?', 'these keys', showHelp],
];

function showHelp() {
  const help = document.getElementById('help');
  help.replaceChildren(h('h2', {}, 'Keys'), h('dl', {}, keys.map(([key, what]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, what)]),
    h('dt', {}, h('kbd', {}, '\u2190\u2191\u2193\u2192')), h('dd', {}, 'move in the matrix; Enter opens a cell, Space a function'), h('dt', {}, h('kbd', {}, 'Esc')), h('dd', {}, 'close')),
  h('h2', {}, 'Outcomes'), h('dl', {}, outcomeOrder().map(i => [h('dt', {}, sign(i), ' ', outcomes[i].name), h('dd', { class: 'muted' }, outcomes[i].meaning)])),
  h('p', { class: 'faint' }, `hostfault ${data.version}`));
  if (!help.open) help.showModal();
  help.onclick = event => { if (event.target === help) help.close(); };
}

function onKey(event) {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === 'Escape' && !document.getElementById('help').open) {
    if (typing) event.target.blur();
    else if (state.cell) closePanel();
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = keys.find(one => one[0] === event.key && (data.sweeps.length || 'd?'.includes(one[0])));
  if (!key) return;
  event.preventDefault();
  key[2]();
}

/* On paper all rows are there, as far as paper goes, and all columns: the matrix is made as small as its width asks for. */
const PRINT_ROWS = 4000;
const PAPER_WIDTH = 1000; /* of a landscape sheet, in CSS pixels */
function printRows(most) {
  matrix.all = most;
  if (state.view !== 'matrix' || !data.sweeps.length) return;
  drawMatrix();
  matrix.element.style.setProperty('zoom', most ? String(Math.min(1, PAPER_WIDTH / matrix.width)) : '1');
  matrix.element.style.setProperty('--paper-width', `${matrix.width}px`);
}

function start() {
  startTheme();
  const point = readAddress();
  document.title = data.sweeps.length ? `${sweepNow().caller} \u00b7 hostfault` : data.changes ? 'Changes \u00b7 hostfault' : `${data.runs[0].name} \u00b7 hostfault`;
  drawTop();
  show();
  if (point >= 0) {
    openPoint(point);
    const finding = findingOf(sweepNow(), point);
    if (finding) markCard(finding);
  }
  document.addEventListener('keydown', onKey);
  window.addEventListener('resize', () => { if (state.view === 'matrix' && data.sweeps.length) drawMatrix(); });
  window.addEventListener('beforeprint', () => printRows(PRINT_ROWS));
  window.addEventListener('afterprint', () => printRows(0));
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
}
start();

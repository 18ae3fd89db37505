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

function chipsOf(sweep) {
  return h('div', { class: state.outcomes.size ? 'chips some' : 'chips', role: 'group', 'aria-label': 'show only outcomes' }, outcomeOrder().filter(i => sweep.counts[i] > 0).map(i =>
    h('button', { class: 'chip', type: 'button', 'aria-pressed': String(state.outcomes.has(i)), title: outcomes[i].meaning, 'data-outcome': outcomes[i].name, onclick: () => {
      if (!state.outcomes.delete(i)) state.outcomes.add(i);
      if (state.view !== 'matrix') state.view = 'matrix';
      drawTop();
      show();
    } }, sign(i), outcomes[i].name, h('span', { class: 'n' }, number(sweep.counts[i])))));
}

function tabsOf() {
  const views = [];
  if (data.sweeps.length) {
    views.push(['matrix', 'Matrix', null], ['findings', 'Findings', sweepNow().findings.length]);
  } else if (data.runs.length) {
    views.push(['run', 'Run', null]);
  }
  if (data.runs.length) views.push(['memory', 'Memory', null]);
  if (data.changes) views.push(['changes', 'Changes', data.changes.changes.length]);
  return h('div', { class: 'tabs', role: 'tablist' }, views.map(([id, name, n]) => h('button', { class: 'tab', type: 'button', role: 'tab', id: 'tab-' + id, 'aria-selected': String(state.view === id), onclick: () => setView(id) },
    name, n === null ? '' : h('span', { class: 'n' }, number(n)))));
}

function titleOf(sweep) {
  const total = sweep.points.count;
  return [h('div', { class: 'title' }, h('h1', {}, sweep.caller), h('span', { class: 'sum' }, h('b', {}, count(sweep.findings.length, 'finding')), ` in ${count(total, 'point')} at ${count(sweep.sites.count, 'site')}`)),
    h('p', { class: 'about' }, [sweep.options, sweep.isolation === 'fork' ? 'points made as clones of one run' : 'points made from the beginning', `swept ${sweep.started.replace('T', ' ').replace(/\..*$/, '')} UTC`].join(' \u00b7 '),
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
    data.sweeps.length > 1 ? h('select', { id: 'sweep', 'aria-label': 'sweep', onchange: event => changeSweep(Number(event.target.value)) }, data.sweeps.map((one, i) => h('option', { value: i, selected: i === state.sweep }, `${one.caller} (${count(one.findings.length, 'finding')})`))) : '',
    h('span', { class: 'space' }), h('button', { class: 'icon-button', type: 'button', title: 'Keys (?)', 'aria-label': 'Keys', onclick: showHelp }, h('b', { 'aria-hidden': 'true' }, '?')),
    h('button', { class: 'icon-button', id: 'theme', type: 'button', title: dark ? 'Light' : 'Dark', 'aria-label': dark ? 'Light colours' : 'Dark colours', onclick: turnTheme }, icon(dark ? 'light' : 'dark')));
  const parts = sweep ? [bar, titleOf(sweep), h('div', { class: 'shares', 'aria-hidden': 'true' }, outcomeOrder().filter(i => sweep.counts[i] > 0).map(i => h('i', { class: 'o-' + outcomes[i].name, style: { flex: String(sweep.counts[i]) } }))), chipsOf(sweep), tabsOf()]
    : [bar, data.changes ? h('div', { class: 'title' }, h('h1', {}, 'Changes')) : titleOfRun(data.runs[0]), tabsOf()];
  document.getElementById('top').replaceChildren(...parts.flat());
}

function choice(label, value, options, change) {
  return h('label', {}, label, h('select', { onchange: event => change(event.target.value) }, options.map(([key, name]) => h('option', { value: key, selected: String(key) === String(value) }, name))));
}

function matrixTools(sweep) {
  const methods = [...new Set(sweep.sites.method)].map(one => [one, strings[one]]).sort((a, b) => (a[1] < b[1] ? -1 : 1));
  const responses = [...new Set(sweep.points.response)].filter(one => one < data.responses.length).sort((a, b) => a - b).map(one => [one, data.responses[one].name]);
  const search = h('input', { id: 'search', type: 'search', placeholder: 'Search functions, files, reasons', 'aria-label': 'search', autocomplete: 'off', spellcheck: 'false', oninput: event => { state.query = event.target.value; drawMatrix(); writeAddress(); } });
  search.value = state.query;
  return h('div', { class: 'tools' }, h('div', { class: 'search' }, search, h('kbd', { 'aria-hidden': 'true' }, '/')),
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

/* Opens a finding at the point that shows it most plainly. */
function openFinding(finding) {
  const sweep = sweepNow();
  let best = -1;
  for (let i = 0; i < sweep.points.count; i++) {
    if (findingOf(sweep, i) !== finding) continue;
    if (best < 0 || isPlainest(sweep, i, finding)) best = i;
    if (isPlainest(sweep, i, finding)) break;
  }
  if (best < 0) return;
  const column = sweep.columns.find(one => one.id === sweep.points.result[best] * 2 + sweep.points.onwards[best]);
  state.cell = { site: sweep.points.site[best], column: column.index };
  showPoint(best);
  if (state.view === 'matrix') revealCell(state.cell.site, state.cell.column);
  document.querySelectorAll('.card').forEach(card => card.classList.toggle('at', card.dataset.id === finding.id));
}

/* What to do about it, in one sentence. */
const advice = {
  crashed: 'Look at what the request gave before it is used, or make the path that follows it fit to work without.',
  aborted: 'Give the failure up to the caller instead of ending the process, or say that this process may end here.',
  hung: 'Undo what was begun (a lock, a flag, a count) on the path that gives up.',
  storm: 'Give up after a bounded number of tries.',
  violated: 'Give back each thing once, by the call that its getter names, and nothing that was never got.',
  corrupted: 'Leave what is kept as it was before, when a step of a change fails.',
  swallowed: 'Report the failure: the result is not what it is without the fault.',
  leaked: 'Give back on the failing path what was got before it.',
  unstable: 'Make two runs alike first: fix the seed, or run it alone.',
};

function adviceOf(finding) {
  return advice[outcomes[finding.outcome].name] || '';
}

function wayText(finding) {
  const more = finding.entries > 1 ? `; ${finding.entries} ways into it` : '';
  return `${finding.method} of ${finding.place} was refused${more}`;
}

function findingsView() {
  const sweep = sweepNow();
  if (!sweep.findings.length) return [h('p', { class: 'empty' }, 'No finding: every fault was reported in order, or made no difference.')];
  return [h('div', { class: 'list', style: { 'padding-top': '16px' } }, h('div', { class: 'cards' }, sweep.findings.map(finding => h('button', { class: 'card', type: 'button', 'data-id': finding.id, onclick: () => openFinding(finding) },
    sign(finding.outcome, true), h('div', { class: 'what' }, h('div', {}, h('b', {}, outcomes[finding.outcome].name), ' ', h('span', { class: 'mono' }, finding.headline)), h('div', { class: 'why' }, wayText(finding)), h('div', { class: 'why' }, finding.allowed ? `Allowed: ${finding.allowed}` : adviceOf(finding))),
    h('div', { class: 'more' }, h('div', {}, finding.results.length > 2 ? `${finding.results[0]} and ${finding.results.length - 1} more` : finding.results.join(', ')), h('div', {}, count(finding.points, 'point')))))))];
}

function changesView() {
  const { changes, counts } = data.changes;
  const sum = Object.entries(counts).map(([kind, n]) => `${n} ${kind === 'same' ? 'as before' : kind}`).join(', ');
  return [h('div', { class: 'list', style: { 'padding-top': '16px' } }, h('p', { class: 'muted', style: { 'margin-bottom': '12px' } }, sum), h('div', { class: 'cards' }, changes.map(change => {
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

const views = { matrix: matrixView, findings: findingsView, memory: memoryView, changes: changesView, run: runView };

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

/* What is shown first. */
const home = data.changes ? 'changes' : data.sweeps.length ? 'matrix' : 'run';

function writeAddress() {
  const parts = new URLSearchParams();
  if (state.sweep) parts.set('sweep', state.sweep);
  if (state.view !== home) parts.set('view', state.view);
  if (state.query) parts.set('q', state.query);
  if (state.order !== 'worst') parts.set('order', state.order);
  if (state.outcomes.size) parts.set('only', [...state.outcomes].map(i => outcomes[i].name).join(' '));
  if (state.view === 'memory' && state.run) parts.set('run', state.run);
  if (state.cell) parts.set('point', state.point);
  const text = parts.toString();
  try {
    history.replaceState(null, '', text ? '#' + text : location.pathname + location.search);
  } catch (refused) { /* some browsers allow it too rarely, or not from disk */ }
}

function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const within = (name, end) => { const value = Number(parts.get(name)); return Number.isInteger(value) && value >= 0 && value < end ? value : 0; };
  state.sweep = within('sweep', data.sweeps.length);
  state.view = home;
  const wanted = parts.get('view') || '';
  if (document.getElementById('tab-' + wanted)) state.view = wanted;
  state.query = parts.get('q') || '';
  if (Object.hasOwn(orders, parts.get('order') || '')) state.order = parts.get('order');
  (parts.get('only') || '').split(' ').forEach(name => { const i = outcomes.findIndex(one => one.name === name); if (i >= 0) state.outcomes.add(i); });
  state.run = within('run', data.runs.length);
  return parts.has('point') && data.sweeps.length ? within('point', sweepNow().points.count) : -1;
}

/* Keys */

function stepFinding(step) {
  const sweep = sweepNow();
  const now = state.point >= 0 ? findingOf(sweep, state.point) : undefined;
  const at = now ? sweep.findings.indexOf(now) : step > 0 ? -1 : 0;
  if (sweep.findings.length) openFinding(sweep.findings[(at + step + sweep.findings.length) % sweep.findings.length]);
}

const keys = [
  ['/', 'search', () => { setView('matrix'); document.getElementById('search').focus(); }],
  ['n', 'next finding', () => stepFinding(1)],
  ['p', 'finding before', () => stepFinding(-1)],
  ['c', 'copy the replay line of what is open', () => { if (state.point >= 0) copyText(replayOf(sweepNow(), state.point), 'replay line'); }],
  ['1', 'matrix', () => setView('matrix')],
  ['2', 'findings', () => setView('findings')],
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

/* On paper all rows are there, as far as paper goes. */
const PRINT_ROWS = 4000;
function printRows(most) {
  matrix.all = most;
  if (state.view === 'matrix' && data.sweeps.length) redrawRows();
}

function start() {
  startTheme();
  drawTop();
  const point = readAddress();
  document.title = data.sweeps.length ? `${sweepNow().caller} \u00b7 hostfault` : data.changes ? 'Changes \u00b7 hostfault' : `${data.runs[0].name} \u00b7 hostfault`;
  drawTop();
  show();
  if (point >= 0) {
    const sweep = sweepNow();
    const column = sweep.columns.find(one => one.id === sweep.points.result[point] * 2 + sweep.points.onwards[point]);
    state.cell = { site: sweep.points.site[point], column: column.index };
    showPoint(point);
    if (state.view === 'matrix') revealCell(state.cell.site, state.cell.column);
  }
  document.addEventListener('keydown', onKey);
  window.addEventListener('resize', () => { if (state.view === 'matrix' && data.sweeps.length) drawMatrix(); });
  window.addEventListener('beforeprint', () => printRows(PRINT_ROWS));
  window.addEventListener('afterprint', () => printRows(0));
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
}
start();

/* SPDX-License-Identifier: MIT
 * What a cell opens: the point, what came of it, the stack with its source, the calls around the fault, what was left, and how to reproduce it.
 */
function pointsOf(sweep, site, column) {
  const cell = site * sweep.columns.length + column;
  return [...sweep.cellOrder.subarray(sweep.cellStart[cell], sweep.cellStart[cell + 1])];
}

function section(title, small, ...content) {
  return h('section', {}, h('h3', {}, title, small ? h('small', {}, small) : ''), content);
}

const WRAPPER = /alloc|Alloc|ALLOC|^_Zn[wa]|operator new|free|Free|_growaux_/;

/* What to do where sources are at hand and not quoted. */
function sourceHint(texts) {
  const frames = texts.map(parseFrame);
  const has = frames.some(frame => data.sources[`${frame.file}:${frame.line}`]);
  return data.outside && !has && frames.some(frame => frame.file) ? h('p', { class: 'note' }, 'No source lines: to quote them, make this page with ', h('code', {}, `--source-root ${quote(data.outside)}`), '.') : '';
}

function frameList(texts) {
  let opened = false;
  const list = h('ol', { class: 'frames' }, texts.map((text, i) => {
    const frame = parseFrame(text);
    const source = data.sources[`${frame.file}:${frame.line}`];
    const parts = [h('span', { class: 'k' }, i), h('span', { class: 'fn' }, frame.shown), h('span', { class: 'src', title: frame.file }, frame.base ? `${frame.base}:${frame.line}` : frame.module)];
    const wrapper = WRAPPER.test(frame.shown);
    if (!source) return h('li', { class: wrapper ? 'wrapper' : '' }, h('div', { class: 'f' }, parts));
    const show = !opened && !wrapper;
    opened = opened || show;
    const box = h('div', { class: 'source', hidden: !show, tabindex: '0', role: 'region', 'aria-label': `source of ${frame.shown}` }, source.lines.map((line, k) => h('div', { class: source.first + k === frame.line ? 'here' : '' }, h('i', {}, source.first + k), line)));
    const button = h('button', { class: 'f', type: 'button', 'aria-expanded': String(show), onclick: () => {
      box.hidden = !box.hidden;
      button.setAttribute('aria-expanded', String(!box.hidden));
    } }, parts);
    return h('li', { class: wrapper ? 'wrapper' : '' }, button, box);
  }));
  const hint = sourceHint(texts);
  return hint ? [list, hint] : list;
}

/* A canonical line as method, arguments, answer. */
function callText(text) {
  const match = /^[!~#?] ?/.test(text) ? text.replace(/^[!~#?] ?/, '') : text;
  const space = match.indexOf(' ');
  const arrow = match.indexOf(' -> ');
  if (space < 0) return [h('b', {}, match)];
  return arrow < 0 ? [h('b', {}, match.slice(0, space)), match.slice(space)] : [h('b', {}, match.slice(0, space)), match.slice(space, arrow), h('span', { class: 'r' }, match.slice(arrow))];
}

/* What happened at a call: tags beside its line. */
function tagsOf(run) {
  const tags = new Map();
  const add = (event, text, kind) => tags.set(event, (tags.get(event) || []).concat([{ text, kind }]));
  (run.violations || []).forEach(one => add(one.event, one.clause, 'broken'));
  (run.leaks || []).forEach(one => add(one.event, `leaked ${bytes(one.bytes)}`, 'broken'));
  return tags;
}

/* The call by which a response was given: so many calls of the thread after the fault. */
function answersOf(run) {
  const answers = new Map();
  for (const response of run.responses || []) {
    if (response.rule === null || !response.calls) continue;
    const at = run.calls.findIndex(call => call && call.event === response.event);
    if (at < 0) continue;
    const later = run.calls.slice(at + 1).filter(call => call && call.mark !== 'end' && call.thread === run.calls[at].thread && call.event > response.event);
    const answer = later[response.calls - 1];
    if (answer && !answers.has(answer.event)) answers.set(answer.event, response.response);
  }
  return answers;
}

function callList(run) {
  const tags = tagsOf(run);
  const answers = answersOf(run);
  const zero = (run.calls.find(call => call && call.mark === '!') || { us: 0 }).us;
  const threads = new Set(run.calls.filter(call => call && call.mark !== 'end').map(call => call.thread));
  const kinds = { '!': 'fault', '~': 'sticky', end: 'end' };
  let before = -1;
  return h('ol', { class: 'calls-list' }, run.calls.map(call => {
    if (!call) return h('li', { class: 'gap' }, '\u22ef');
    const beside = tags.get(call.event) || [];
    const answer = answers.get(call.event);
    const kind = call.mark !== '!' && beside.length ? beside[0].kind : kinds[call.mark] || (answer ? 'answer' : '');
    const after = call.us - zero;
    const shown = call.mark === 'end' || call.us === before ? '' : call.us === zero ? '0' : `${after < 0 ? '\u2212' : '+'}${time(Math.abs(after))}`;
    before = call.us;
    return h('li', { class: kind }, h('span', { class: 't' }, shown), h('span', { class: 'c', title: call.at ? `from ${parseFrame(call.at).shown} at ${parseFrame(call.at).base}:${parseFrame(call.at).line}` : null }, threads.size > 1 && call.mark !== 'end' ? h('span', { class: 'thread' }, call.thread + ' ') : '', callText(call.text),
      call.mark === '!' ? h('span', { class: 'tag' }, 'fault') : '', call.mark === '?' ? h('span', { class: 'tag' }, 'ended inside it') : '', answer ? h('span', { class: 'tag' }, answer) : '',
      beside.map(one => h('span', { class: 'tag' }, one.text))));
  }));
}

/* The same calls as a strip: threads down, order across; the height says how long a call took. */
function callStrip(run) {
  const calls = run.calls.filter(call => call && call.mark !== 'end');
  if (calls.length < 2) return '';
  const tags = tagsOf(run);
  const answers = answersOf(run);
  const width = 520;
  const step = Math.min(40, width / calls.length);
  const longest = Math.max(1, ...calls.map(call => Math.log2(1 + call.took)));
  const colour = call => (call.mark === '!' ? 'var(--crashed-back)' : tags.has(call.event) ? 'var(--violated-back)' : call.mark === '~' ? 'var(--heap)' : answers.has(call.event) ? 'var(--accent)' : 'var(--line-strong)');
  return s('svg', { class: 'strip', viewBox: `0 0 ${width} 46`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `${calls.length} calls around the fault` },
    calls.map((call, i) => {
      const height = 6 + 30 * Math.log2(1 + call.took) / longest;
      return s('rect', { x: i * step + .75, y: 42 - height, width: Math.max(1, step - 1.5), height, rx: 1, fill: colour(call) }, s('title', {}, `${call.text} (${time(call.took)})`));
    }), s('line', { x1: 0, x2: width, y1: 43.5, y2: 43.5, stroke: 'var(--line)' }));
}

function leakList(run) {
  return run.leaks.map(leak => h('div', { class: 'leak' }, h('p', {}, `${bytes(leak.bytes)} ${leak.kind === 'region' ? 'of pages' : 'of heap'}, taken at`), frameList(leak.stack)));
}

function endingOf(sweep, point) {
  const { exit, signal } = sweep.points;
  if (signal[point] > 0) return `by signal ${signal[point]}`;
  return exit[point] >= 0 ? `exit status ${exit[point]}` : 'it did not exit by itself';
}

function factsOf(sweep, point) {
  const { points } = sweep;
  const facts = [['Fault', h('code', {}, faultOf(sweep, point))]];
  const response = data.responses[points.response[point]];
  const retries = points.retries[point] > 0 ? `, ${count(points.retries[point], 'retry').replace('retrys', 'retries')}` : '';
  if (response) facts.push(['Response', [h('b', {}, response.name), ` \u2014 ${response.meaning}${retries}`]]);
  if (strings[points.earlier[point]]) facts.push(['After the fault', h('code', {}, strings[points.earlier[point]])]);
  if (strings[points.thread[point]]) facts.push(['Thread', strings[points.thread[point]]]);
  if (strings[points.stands[point]]) facts.push(['Stands for', `${strings[points.stands[point]]}, which the caller cannot tell from it`]);
  if (points.leaked[point] > 0) facts.push(['Left behind', bytes(points.leaked[point])]);
  facts.push(['Run', `${endingOf(sweep, point)}; ${count(points.calls[point], 'call')}; ${time(points.us[point])}`]);
  return h('dl', { class: 'facts' }, facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
}

function runSections(run) {
  const parts = [section('Calls around the fault', run.again === 'repeated' ? 'of the second run, which showed the same' : '', callStrip(run), callList(run))];
  if (run.violations.length) parts.push(section('Broken clauses', '', run.violations.map(one => h('p', { class: 'note' }, h('b', {}, one.clause), ': ', one.detail))));
  if (run.leaks.length) parts.push(section('Leaks', run.leak_count > run.leaks.length ? `the first ${run.leaks.length} of ${run.leak_count}` : '', leakList(run)));
  if (run.stacks.length) parts.push(section('Where it ended', '', run.stacks.map(stack => frameList(stack))));
  return parts;
}

/* A cell's points are told apart by which call it was, the thread, a fault before. */
function pointName(sweep, point) {
  const { points } = sweep;
  const thread = strings[points.thread[point]];
  return `call ${number(points.ordinal[point])}${thread ? ' of ' + thread : ''}${strings[points.earlier[point]] ? ', after another fault' : ''}`;
}

/* Is it the point that a replay of the finding shows? */
function isPlainest(sweep, point, finding) {
  return faultOf(sweep, point) === finding.fault && strings[sweep.points.earlier[point]] === finding.earlier;
}

function panelOf(sweep, site, column, point) {
  const all = pointsOf(sweep, site, column);
  const outcome = sweep.points.outcome[point];
  const finding = findingOf(sweep, point);
  const run = finding && finding.run !== null ? data.runs[finding.run] : undefined;
  const isExample = run !== undefined && isPlainest(sweep, point, finding);
  const place = strings[sweep.sites.place[site]];
  const replay = replayOf(sweep, point);
  const frames = sweep.sites.frames[site].map(frame => strings[frame]);
  return h('aside', { class: 'panel', id: 'panel', tabindex: '-1', 'aria-label': 'what was opened' },
    h('header', {}, sign(outcome, true), h('div', { style: { flex: '1', 'min-width': '0' } }, h('h2', {}, outcomes[outcome].name), h('p', {}, outcomes[outcome].meaning),
      h('p', {}, h('code', {}, place), ' \u00b7 ', strings[sweep.sites.method[site]])),
    h('button', { class: 'icon-button', type: 'button', title: 'Close (Esc)', 'aria-label': 'Close', onclick: closePanel }, icon('close'))),
    h('div', { class: 'scroll' },
      all.length > 1 ? section('Points of this cell', '', h('div', { class: 'points' }, all.map(one => h('button', { type: 'button', 'aria-pressed': String(one === point), onclick: () => showPoint(one) }, sign(sweep.points.outcome[one]), pointName(sweep, one))))) : '',
      section('What happened', '', h('p', { class: 'reason' }, strings[sweep.points.reason[point]])),
      finding && outcomes[outcome].advice ? section('What to do', '', h('p', { class: 'reason' }, finding.allowed ? `Nothing: it is allowed (${finding.allowed}).` : outcomes[outcome].advice)) : '',
      h('section', {}, factsOf(sweep, point)),
      replay ? section('Reproduce', '', copyBox(replay, 'replay line')) : '',
      finding && finding.end.length ? section('Where it ended', finding.headline, frameList(finding.end.map(frame => strings[frame]))) : '',
      finding && finding.ways.length > 1 ? section('Ways into it', `${finding.ways.length}, the shortest first`, h('ul', { class: 'ways' }, finding.ways.slice(0, 50).map(way => h('li', {}, h('code', {}, way.place), ' \u00b7 ', way.method)), finding.ways.length > 50 ? h('li', {}, `and ${finding.ways.length - 50} more`) : '')) : '',
      section('Stack', `${count(sweep.sites.calls[site], 'call')} from here in the run without faults`, frameList(frames)),
      run ? [isExample ? '' : h('section', {}, h('p', { class: 'note' }, 'What follows is of the point that was run again for this finding: ', h('code', {}, finding.fault), finding.earlier ? [', after ', h('code', {}, finding.earlier)] : '', '.')), runSections(run)]
        : finding ? h('section', {}, h('p', { class: 'note' }, 'The calls of its run are not in this page; the replay line shows them.')) : '',
      section('Scenario script', '', copyBox(scriptOf(sweep, point), 'scenario script')),
      run ? h('section', {}, h('p', { class: 'note' }, 'Run folder: ', h('code', {}, run.folder), ' ', h('button', { class: 'mono', type: 'button', style: { color: 'var(--accent)' }, onclick: () => { state.run = finding.run; setView('memory'); } }, 'memory over time'))) : ''));
}

function showCell(site, column) {
  const sweep = sweepNow();
  const all = pointsOf(sweep, site, column);
  if (!all.length) return;
  const ranked = all.slice().sort((a, b) => (matrix.mask ? matrix.mask[b] - matrix.mask[a] : 0) || rank[sweep.points.outcome[b]] - rank[sweep.points.outcome[a]] || a - b);
  state.cell = { site, column };
  showPoint(ranked[0]);
}

function showPoint(point) {
  const sweep = sweepNow();
  state.point = point;
  const panel = panelOf(sweep, state.cell.site, state.cell.column, point);
  const old = document.getElementById('panel');
  if (old) old.replaceWith(panel);
  else document.getElementById('main').append(panel);
  document.getElementById('main').classList.add('opened');
  if (state.view === 'matrix') keepInView();
  writeAddress();
}

function closePanel() {
  const panel = document.getElementById('panel');
  if (panel) panel.remove();
  document.getElementById('main').classList.remove('opened');
  state.cell = null;
  state.point = -1;
  writeAddress();
  if (state.view === 'matrix') {
    redrawRows();
    matrix.element.focus({ preventScroll: true });
  }
}

/* SPDX-License-Identifier: MIT
 * The data of the page, as the other files use it: one object per sweep with its points as columns, and what each cell of the matrix holds.
 * Texts come from the program under test; they are only ever put into text nodes and attributes, by h() in dom.js.
 */
const data = JSON.parse(document.getElementById('data').textContent);
const strings = data.strings || [];
const DRIFTED = data.outcomes.length;
const outcomes = data.outcomes.concat([{ name: 'drifted', severity: 0, meaning: 'another call than the one meant was failed; it is not counted' }]);
/* Worst first, as hf_outcome_compare has it: by severity, then in the order in which the tool takes them. Findings are in order when they come. */
const rank = outcomes.map((o, i) => o.severity * 100 + (outcomes.length - i));
const isFinding = outcome => outcome !== DRIFTED && outcomes[outcome].severity > 0;

/* "lua!luaH_resize+0x1c (/src/ltable.c:512)" taken apart. */
function parseFrame(text) {
  const match = /^(?:(.*?)!)?(.*?)(?:\+0x[0-9a-f]+)?(?: \((.*):(\d+)\))?$/.exec(text);
  const [, module, name, file, line] = match || [null, '', text];
  return { module: module || (match ? name : ''), name: module ? name : '', text, file: file || '', line: Number(line) || 0,
    shown: module ? name : text.replace(/ \(.*\)$/, ''), base: (file || '').replace(/^.*\//, '') };
}

/* "grow at lgc.c:212" taken apart; "grow+0x1c in liblua.so", "liblua.so+0x1c". */
function parsePlace(text) {
  let match = /^(.*) at (.*):(\d+)$/.exec(text);
  if (match) return { name: match[1], file: match[2], line: match[3] };
  match = /^(.*?)(\+0x[0-9a-f]+)(?: in (.*))?$/.exec(text);
  return match ? { name: match[1], file: match[3] || '', line: match[2] } : { name: text, file: '', line: '' };
}

/* The failures of a sweep, as columns: each once and from then on, as far as there are such points. */
function columnsOf(points) {
  const seen = new Map();
  for (let i = 0; i < points.count; i++) {
    const id = points.result[i] * 2 + points.onwards[i];
    if (!seen.has(id)) seen.set(id, { id, result: strings[points.result[i]], onwards: points.onwards[i] === 1, stands: new Set() });
    const stands = strings[points.stands[i]];
    if (stands) stands.split(', ').forEach(name => seen.get(id).stands.add(name));
  }
  const columns = [...seen.values()].sort((a, b) => (a.result < b.result ? -1 : a.result > b.result ? 1 : a.onwards - b.onwards));
  columns.forEach((column, i) => {
    column.index = i;
    const variant = / \((.*)\)$/.exec(column.result);
    column.name = variant ? column.result.slice(0, variant.index) : column.result;
    column.variant = variant ? variant[1] : '';
  });
  return columns;
}

/* Points by cell: cell c has points order[start[c]] .. order[start[c + 1] - 1]. */
function indexCells(sweep) {
  const { points, columns, sites } = sweep;
  const indexOf = new Map(columns.map(column => [column.id, column.index]));
  const columnOf = new Uint16Array(points.count);
  const cells = sites.count * columns.length;
  const cellOf = new Uint32Array(points.count);
  const start = new Uint32Array(cells + 1);
  for (let i = 0; i < points.count; i++) {
    columnOf[i] = indexOf.get(points.result[i] * 2 + points.onwards[i]);
    cellOf[i] = points.site[i] * columns.length + columnOf[i];
    start[cellOf[i] + 1]++;
  }
  for (let c = 0; c < cells; c++) start[c + 1] += start[c];
  const next = start.slice();
  const order = new Uint32Array(points.count);
  for (let i = 0; i < points.count; i++) order[next[cellOf[i]]++] = i;
  Object.assign(sweep, { cellStart: start, cellOrder: order, columnOf });
}

/* The frames behind the place, nearest first: how control got there. */
function pathOf(frames, name) {
  const parsed = frames.map(number => parseFrame(strings[number]));
  const at = parsed.findIndex(frame => frame.name === name);
  const behind = parsed.slice(at + 1).map(frame => frame.shown);
  const end = behind.findIndex(shown => /^(__libc_start|_start|start_thread|clone3?$)/.test(shown));
  return end < 0 ? behind : behind.slice(0, end);
}

function commonLength(a, b) {
  const least = Math.min(a.length, b.length);
  let i = 0;
  while (i < least && a[i] === b[i]) i++;
  return i;
}

/* The paths of sites of one function, each from where it parts from the path that is most like it: what is before says nothing about which is which. */
function shortenPaths(sweep, members) {
  const { sites } = sweep;
  const paths = members.map(site => pathOf(sites.frames[site], sites.parsed[site].name));
  const order = paths.map((_, i) => i).sort((a, b) => { const [x, y] = [paths[a].join('\n'), paths[b].join('\n')]; return x < y ? -1 : x > y ? 1 : 0; });
  const shown = new Array(paths.length);
  order.forEach((i, at) => {
    /* In order, the path that is most like this one is beside it. */
    const alike = [order[at - 1], order[at + 1]].filter(other => other !== undefined && paths[other].join() !== paths[i].join()).map(other => commonLength(paths[i], paths[other]));
    const cut = Math.min(alike.length ? Math.max(...alike) : 0, Math.max(0, paths[i].length - 1));
    shown[i] = [...(cut ? ['\u22ef'] : []), ...paths[i].slice(cut)].join(' \u2190 ');
  });
  return shown;
}

/* A point's name that holds across sweeps: its site, the call, the failure, the thread, and whether another fault came before. */
function pointKey(sweep, point) {
  const { points, sites } = sweep;
  return [sites.key[points.site[point]], points.ordinal[point], strings[points.result[point]], points.onwards[point] ? 'on' : 'once', strings[points.thread[point]], strings[points.earlier[point]]].join('|').replace(/\|+$/, '');
}

/* -1: none. */
function pointByKey(sweep, key) {
  const site = sweep.sites.key.indexOf(key.split('|')[0]);
  for (let i = 0; site >= 0 && i < sweep.points.count; i++)
    if (sweep.points.site[i] === site && pointKey(sweep, i) === key) return i;
  return -1;
}

function prepareSweep(sweep) {
  const { sites } = sweep;
  sites.count = sites.place.length;
  sites.parsed = sites.place.map(number => parsePlace(strings[number]));
  sweep.columns = columnsOf(sweep.points);
  sweep.findingOf = new Map(sweep.findings.flatMap(finding => [[finding.id, finding], ...finding.ways.map(way => [way.id, finding])]));
  sweep.counts = new Array(outcomes.length).fill(0);
  for (let i = 0; i < sweep.points.count; i++) sweep.counts[sweep.points.outcome[i]]++;
  const groups = new Map();
  sites.group = sites.parsed.map((place, site) => {
    const key = place.name + '\n' + place.file;
    if (!groups.has(key)) groups.set(key, { index: groups.size, name: place.name, file: place.file, sites: [] });
    const group = groups.get(key);
    group.sites.push(site);
    return group.index;
  });
  sweep.groups = [...groups.values()];
  indexCells(sweep);
}
(data.sweeps || []).forEach(prepareSweep);

function faultOf(sweep, point) {
  return strings[sweep.points.fault[point]].replace('when: #', 'when: ' + sweep.points.ordinal[point]);
}

/* Text for a shell to take as one word. */
function quote(word) {
  return /^[A-Za-z0-9_\-./=:,+%@]+$/.test(word) ? word : "'" + word.replace(/'/g, "'\\''") + "'";
}

function findingOf(sweep, point) {
  const id = sweep.points.finding[point];
  return id >= 0 ? sweep.findingOf.get(strings[id]) : undefined;
}

/* The rules of a point: its own, and before it that of an earlier fault where there was one. */
function faultsOf(sweep, point) {
  const earlier = strings[sweep.points.earlier[point]];
  return earlier ? [earlier, faultOf(sweep, point)] : [faultOf(sweep, point)];
}

/* The script that repeats a point: the sweep's own under a name of its own, with the point's rules in flow style. */
function scriptOf(sweep, point) {
  const rules = faultsOf(sweep, point).map(fault => `  - { ${fault} }\n`).join('');
  const finding = findingOf(sweep, point);
  const name = finding ? finding.id : `${sweep.sites.key[sweep.points.site[point]]}-${sweep.points.ordinal[point]}`;
  return sweep.script.replace(/^name: .*$/m, `name: ${name}`).replace(/\n?$/, '\n') + `faults:\n${rules}`;
}

function replayOf(sweep, point) {
  const finding = findingOf(sweep, point);
  if (finding) return `hostfault replay ${finding.id}${data.options}`;
  const caller = /^caller: (.*)$/m.exec(sweep.script);
  return caller ? `hostfault run --caller ${quote(caller[1])}${faultsOf(sweep, point).map(fault => ` --fault ${quote(fault)}`).join('')}${data.options}` : '';
}

/* Numbers for people */
/* One formatter for all: toLocaleString makes one a number, which is a third of what a redrawn matrix costs. */
const numbers = new Intl.NumberFormat('en-US');
const number = value => numbers.format(value);
const count = (value, word) => `${number(value)} ${word}${value === 1 ? '' : 's'}`;
function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit > 0 && value < 100 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} ${units[unit]}`;
}
function time(us) {
  const [value, unit] = us >= 1e6 ? [us / 1e6, 's'] : us >= 1e3 ? [us / 1e3, 'ms'] : [us, '\u00b5s'];
  return `${value >= 100 ? Math.round(value) : value.toFixed(1)} ${unit}`;
}

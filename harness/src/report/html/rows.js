/* SPDX-License-Identifier: MIT
 * What the matrix shows: points that pass the filters, the sites they are of, in groups by function, in order. Pure but for the sweep's own caches;
 * a hundred thousand points take a few milliseconds.
 */
const state = { sweep: 0, view: 'findings', outcomes: new Set(), query: '', method: '', response: '', order: 'worst', turned: new Set(), cell: null, point: -1, run: 0, axis: 'call' };
const sweepNow = () => data.sweeps[state.sweep];

/* Which strings hold all words of the query: worked out once, not once a point. */
function matchStrings(query) {
  const words = query.toLowerCase().split(/\s+/).filter(word => word);
  return words.map(word => {
    const hit = new Uint8Array(strings.length);
    for (let i = 0; i < strings.length; i++) hit[i] = strings[i].toLowerCase().includes(word) ? 1 : 0;
    return hit;
  });
}

/* By site: the words that its place, method, key or stack have, as bits. */
function matchSites(sweep, words, query) {
  const { sites } = sweep;
  const all = query.toLowerCase().split(/\s+/).filter(word => word);
  const hits = new Uint32Array(sites.count);
  for (let site = 0; site < sites.count; site++) {
    for (let w = 0; w < words.length && w < 32; w++) {
      const hit = words[w];
      if (hit[sites.place[site]] || hit[sites.method[site]] || sites.key[site].startsWith(all[w]) || sites.frames[site].some(frame => hit[frame]))
        hits[site] |= 1 << w;
    }
  }
  return hits;
}

/* Does a finding pass the outcomes that are chosen and the query? */
function findingPasses(finding) {
  if (state.outcomes.size && !state.outcomes.has(finding.outcome)) return false;
  const words = state.query.toLowerCase().split(/\s+/).filter(word => word);
  if (!words.length) return true;
  const frames = finding.frames.concat(finding.end).map(frame => strings[frame]);
  const text = [finding.id, finding.headline, finding.method, finding.place, finding.reason, finding.fingerprint, ...finding.results, ...frames, ...finding.ways.map(way => way.place)].join('\n').toLowerCase();
  return words.every(word => text.includes(word));
}

/* One byte a point: 1 shown. */
function filterPoints(sweep) {
  const { points, sites } = sweep;
  const mask = new Uint8Array(points.count);
  const words = matchStrings(state.query);
  const ofSite = words.length ? matchSites(sweep, words, state.query) : null;
  const method = state.method === '' ? -1 : Number(state.method);
  const response = state.response === '' ? -1 : Number(state.response);
  for (let i = 0; i < points.count; i++) {
    if (state.outcomes.size && !state.outcomes.has(points.outcome[i])) continue;
    if (method >= 0 && sites.method[points.site[i]] !== method) continue;
    if (response >= 0 && points.response[i] !== response) continue;
    let passes = true;
    for (let w = 0; passes && w < words.length; w++) {
      const hit = words[w];
      passes = (ofSite[points.site[i]] >> w & 1) === 1 || hit[points.reason[i]] === 1 || hit[points.result[i]] === 1 || hit[points.finding[i]] === 1 || hit[points.thread[i]] === 1;
    }
    mask[i] = passes ? 1 : 0;
  }
  return mask;
}

/* Points of a cell, or of several: the worst outcome among those shown (of all where none is: then it is dim), how many points have it, of how many. */
function addPoints(sweep, mask, site, column, into) {
  const cell = site * sweep.columns.length + column;
  for (let i = sweep.cellStart[cell]; i < sweep.cellStart[cell + 1]; i++) {
    const point = sweep.cellOrder[i];
    const of = mask[point] ? into.shown : into.hidden;
    of[sweep.points.outcome[point]]++;
  }
}

function worstOf(counts) {
  let worst = -1;
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    total += counts[i];
    if (counts[i] > 0 && (worst < 0 || rank[i] > rank[worst])) worst = i;
  }
  return worst < 0 ? null : { outcome: worst, count: counts[worst], total };
}

function cellOf(sweep, mask, sites, column) {
  const into = { shown: new Array(outcomes.length).fill(0), hidden: new Array(outcomes.length).fill(0) };
  for (const site of sites) addPoints(sweep, mask, site, column, into);
  const shown = worstOf(into.shown);
  const all = shown || worstOf(into.hidden);
  return all && { ...all, dim: !shown };
}

const orders = {
  worst: { name: 'worst first', of: (a, b) => b.worst - a.worst || b.bad - a.bad || a.least - b.least },
  place: { name: 'by function', of: (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.line - b.line) },
  first: { name: 'in order of first call', of: (a, b) => a.least - b.least },
  calls: { name: 'most calls', of: (a, b) => b.calls - a.calls },
};

/* The columns of points that are shown, worst first; the two of one failure stay together. */
function orderColumns(sweep, mask) {
  const { points, columns, columnOf } = sweep;
  const worst = new Int32Array(columns.length).fill(-1);
  const bad = new Uint32Array(columns.length);
  for (let i = 0; i < points.count; i++) {
    if (!mask[i]) continue;
    const outcome = points.outcome[i];
    bad[columnOf[i]] += isFinding(outcome) ? 1 : 0;
    if (rank[outcome] > worst[columnOf[i]]) worst[columnOf[i]] = rank[outcome];
  }
  const ofResult = new Map();
  for (const column of columns) {
    const sum = ofResult.get(column.result) || { worst: -1, bad: 0 };
    ofResult.set(column.result, { worst: Math.max(sum.worst, worst[column.index]), bad: sum.bad + bad[column.index] });
  }
  const shown = columns.filter(column => worst[column.index] >= 0);
  shown.sort((a, b) => {
    const one = ofResult.get(a.result);
    const other = ofResult.get(b.result);
    return other.worst - one.worst || other.bad - one.bad || a.index - b.index;
  });
  shown.forEach((column, i) => {
    column.position = i;
    column.first = i === 0 || shown[i - 1].result !== column.result;
    column.alike = shown.filter(other => other.result === column.result).length;
  });
  return shown;
}

/* By site: is it shown, its worst outcome, how many findings, its first point and calls. */
function summarizeSites(sweep, mask) {
  const { points, sites } = sweep;
  const facts = { shown: new Uint8Array(sites.count), worst: new Int32Array(sites.count), bad: new Uint32Array(sites.count), least: new Float64Array(sites.count).fill(Infinity) };
  for (let i = 0; i < points.count; i++) {
    const site = points.site[i];
    if (points.ordinal[i] < facts.least[site]) facts.least[site] = points.ordinal[i];
    if (!mask[i]) continue;
    facts.shown[site] = 1;
    if (isFinding(points.outcome[i])) facts.bad[site]++;
    if (rank[points.outcome[i]] > facts.worst[site]) facts.worst[site] = rank[points.outcome[i]];
  }
  return facts;
}

/* The rows: a head for each function with its sites below it, as far as it is open; a function with one site is one row. */
function makeRows(sweep) {
  const mask = filterPoints(sweep);
  const facts = summarizeSites(sweep, mask);
  const { sites } = sweep;
  const compare = orders[state.order].of;
  const ofSite = site => ({ site, name: sites.parsed[site].name, line: parseInt(sites.parsed[site].line, 10) || 0, worst: facts.worst[site], bad: facts.bad[site], least: facts.least[site], calls: sites.calls[site] });
  const groups = [];
  let shown = 0;
  for (const group of sweep.groups) {
    const members = group.sites.filter(site => facts.shown[site]).map(ofSite).sort(compare);
    if (!members.length) continue;
    shown += members.length;
    groups.push({ group, members, name: group.name, line: 0, worst: Math.max(...members.map(one => one.worst)), bad: members.reduce((sum, one) => sum + one.bad, 0),
      least: Math.min(...members.map(one => one.least)), calls: members.reduce((sum, one) => sum + one.calls, 0) });
  }
  groups.sort(compare);
  const rows = [];
  for (const { group, members, calls } of groups) {
    group.shown = members.map(one => one.site);
    if (members.length === 1) {
      rows.push({ kind: 'lone', site: members[0].site, group });
      continue;
    }
    const open = (groups.length <= 8 || members.length <= 40) !== state.turned.has(group.index);
    rows.push({ kind: 'group', group, open, calls });
    if (open) members.forEach(one => rows.push({ kind: 'child', site: one.site, group }));
  }
  let points = 0;
  for (let i = 0; i < mask.length; i++) points += mask[i];
  return { rows, mask, points, sites: shown, columns: orderColumns(sweep, mask) };
}

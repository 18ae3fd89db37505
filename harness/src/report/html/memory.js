/* SPDX-License-Identifier: MIT
 * Memory over time of one run, with its faults, over the run without faults.
 */
function niceStep(range, parts, base) {
  const raw = range / parts;
  const power = base ** Math.floor(Math.log(Math.max(raw, 1e-9)) / Math.log(base));
  const steps = base === 2 ? [1, 2] : [1, 2, 5, 10];
  return power * (steps.find(step => step * power >= raw) || steps[steps.length - 1]);
}

function chartPath(memory, axis, x, y, value, closed, end) {
  const xs = memory[axis];
  let path = '';
  let last = null;
  for (let i = 0; i < xs.length && xs[i] <= end; i++) {
    const px = x(xs[i]).toFixed(1);
    const py = y(value(i)).toFixed(1);
    path += i === 0 ? `M${px} ${y(0).toFixed(1)}V${py}` : `H${px}V${py}`;
    last = px;
  }
  return last === null ? '' : path + (closed ? `V${y(0).toFixed(1)}Z` : '');
}

function chart(run, box) {
  const width = Math.max(320, box.clientWidth);
  const height = Math.max(200, box.clientHeight);
  const axis = state.axis;
  const clean = run.clean === null ? null : data.cleans[run.clean];
  const memory = run.memory;
  const last = one => one[axis][one[axis].length - 1] || 0;
  /* By calls both runs go alike up to the fault; by time they do not, and the longer one would press the other flat. */
  const end = Math.max(last(memory), clean && axis === 'call' ? last(clean) : 0, 1);
  const highest = one => one[axis].reduce((most, at, i) => (at <= end ? Math.max(most, one.committed[i] + one.heap[i]) : most), 1);
  const top = Math.max(highest(memory), clean ? highest(clean) : 0) * 1.08;
  const pad = { left: 66, right: 18, top: 20, bottom: 30 };
  const x = value => pad.left + Math.min(value, end) / end * (width - pad.left - pad.right);
  const y = value => height - pad.bottom - value / top * (height - pad.top - pad.bottom);
  const stepY = niceStep(top, 5, 2);
  const stepX = niceStep(end, Math.max(3, Math.floor(width / 140)), 10);
  const parts = [];
  for (let v = 0; v <= top; v += stepY)
    parts.push(s('line', { class: 'grid', x1: pad.left, x2: width - pad.right, y1: y(v), y2: y(v) }), s('text', { x: pad.left - 8, y: y(v) + 4, 'text-anchor': 'end' }, bytes(v)));
  for (let v = 0; v <= end; v += stepX)
    parts.push(s('text', { x: x(v), y: height - 10, 'text-anchor': v === 0 ? 'start' : 'middle' }, axis === 'us' ? time(v) : v === 0 ? 'call 0' : number(v)));
  parts.push(s('path', { class: 'area-committed', d: chartPath(memory, axis, x, y, i => memory.committed[i], true, end) }));
  parts.push(s('path', { class: 'area-heap', 'fill-rule': 'evenodd', d: chartPath(memory, axis, x, y, i => memory.committed[i] + memory.heap[i], true, end) + chartPath(memory, axis, x, y, i => memory.committed[i], true, end) }));
  if (clean) parts.push(s('path', { class: 'clean', d: chartPath(clean, axis, x, y, i => clean.committed[i] + clean.heap[i], false, end) }));
  parts.push(s('path', { class: 'top', d: chartPath(memory, axis, x, y, i => memory.committed[i] + memory.heap[i], false, end) }));
  run.faults.forEach((fault, i) => {
    const px = x(fault[axis]);
    parts.push(s('g', {}, s('line', { class: 'fault', x1: px, x2: px, y1: pad.top - 4, y2: height - pad.bottom, 'stroke-opacity': i === 0 ? 1 : .35 }),
      i === 0 ? s('path', { class: 'fault-mark', d: `M${px} ${pad.top + 3}l-5 -9h10z` }) : '', s('title', {}, `fault ${i + 1}: ${fault.method} ${fault.result}`)));
  });
  const cross = s('line', { class: 'cross', y1: pad.top, y2: height - pad.bottom, x1: -9, x2: -9 });
  const tip = h('div', { class: 'tip', hidden: true });
  const svg = s('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `memory of ${run.name}: at most ${bytes(memory.peak)}` }, parts, cross);
  svg.addEventListener('pointermove', event => {
    const at = (event.offsetX - pad.left) / (width - pad.left - pad.right) * end;
    const xs = memory[axis];
    let low = 0;
    let high = xs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (xs[middle] <= at) low = middle;
      else high = middle - 1;
    }
    const px = x(xs[low]);
    cross.setAttribute('x1', px);
    cross.setAttribute('x2', px);
    tip.hidden = false;
    tip.replaceChildren(h('b', {}, bytes(memory.committed[low] + memory.heap[low])), h('div', { class: 'muted' }, `committed ${bytes(memory.committed[low])}, heap ${bytes(memory.heap[low])}`),
      h('div', { class: 'faint' }, `call ${number(memory.call[low])}, ${time(memory.us[low])}`));
    tip.style.setProperty('left', Math.min(px + 12, width - 190) + 'px');
    tip.style.setProperty('top', Math.max(8, Math.min(event.offsetY - 20, height - 80)) + 'px');
  });
  svg.addEventListener('pointerleave', () => {
    tip.hidden = true;
    cross.setAttribute('x1', -9);
    cross.setAttribute('x2', -9);
  });
  box.replaceChildren(svg, tip);
}

function runName(run) {
  const finding = data.sweeps.flatMap(sweep => sweep.findings).find(one => one.id === run.finding);
  return finding ? `${outcomes[finding.outcome].name} \u00b7 ${finding.headline} \u00b7 ${finding.fault}` : run.name;
}

function runPasses(run) {
  const finding = data.sweeps.flatMap(sweep => sweep.findings).find(one => one.id === run.finding);
  return !finding || findingPasses(finding);
}

function memoryView() {
  const run = data.runs[state.run];
  if (!run) return [h('p', { class: 'empty' }, 'No run of a finding is in this page.')];
  const box = h('div', { class: 'chart' });
  const pick = h('select', { 'aria-label': 'run', onchange: event => { state.run = Number(event.target.value); show(); } },
    data.runs.map((one, i) => [one, i]).filter(([one, i]) => i === state.run || runPasses(one)).map(([one, i]) => h('option', { value: i, selected: i === state.run }, runName(one))));
  pick.style.setProperty('max-width', 'min(680px, 70vw)');
  const axis = h('select', { 'aria-label': 'across', onchange: event => { state.axis = event.target.value; chart(run, box); } },
    h('option', { value: 'us', selected: state.axis === 'us' }, 'time'), h('option', { value: 'call', selected: state.axis === 'call' }, 'calls'));
  new ResizeObserver(() => chart(run, box)).observe(box);
  return [h('div', { class: 'tools' }, h('label', {}, 'Run', pick), h('label', {}, 'Across', axis), h('span', { class: 'count' }, `at most ${bytes(run.memory.peak)}; ${count(run.memory.calls, 'call')}; ${count(run.faults.length, 'fault')}`)),
    h('div', { class: 'memory' }, box, h('div', { class: 'legend' }, h('span', {}, h('i', { class: 'k-committed' }), 'committed pages'), h('span', {}, h('i', { class: 'k-heap' }), 'heap blocks'),
      run.clean !== null ? h('span', {}, h('i', { class: 'k-clean' }), 'run without faults') : '', h('span', {}, h('i', { class: 'k-fault' }), 'fault')))];
}

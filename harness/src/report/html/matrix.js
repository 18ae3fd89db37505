/* SPDX-License-Identifier: MIT
 * The matrix on the screen. Only rows that can be seen exist; scrolling moves them. The grid is one stop of the tab key, arrows move in it.
 */
const ROW_HEIGHT = 30;
const matrix = { element: null, body: null, head: null, rows: [], mask: null, at: { row: 0, column: 0 }, drawn: new Map(), all: 0 };

function columnWidths(sweep) {
  return sweep.columns.map(column => {
    const alike = sweep.columns.filter(other => other.result === column.result).length;
    return Math.max(56, Math.ceil((Math.min(column.result.length, 30) * 6.7 + 14) / alike));
  });
}

function template(sweep) {
  const narrow = window.innerWidth < 900;
  return `minmax(${narrow ? 190 : 320}px, 1fr) ${columnWidths(sweep).map(width => width + 'px').join(' ')} 68px`;
}

function headOf(sweep) {
  const cells = [h('div', { class: 'corner', role: 'columnheader' }, 'site')];
  for (const column of sweep.columns) {
    const known = data.results[column.result];
    const alike = sweep.columns.filter(other => other.result === column.result);
    if (column.first) {
      const also = [...new Set(alike.flatMap(other => [...other.stands]))];
      const title = [known ? `${known.hex}: ${known.meaning}` : '', also.length ? `The caller cannot tell it from ${also.join(', ')}: it stands for these too.` : ''].filter(text => text).join('\n');
      cells.push(h('div', { class: 'fail', role: 'columnheader', title, style: { 'grid-column': `${column.index + 2} / span ${alike.length}` } },
        h('span', {}, column.result), also.length ? h('small', {}, `and ${also.length} more`) : ''));
    }
    cells.push(h('div', { class: column.first ? 'mode first' : 'mode', role: 'columnheader', style: { 'grid-column': String(column.index + 2) } }, column.onwards ? 'from then on' : 'once'));
  }
  cells.push(h('div', { class: 'calls', role: 'columnheader', title: 'calls in the run without faults', style: { 'grid-column': String(sweep.columns.length + 2) } }, 'calls'));
  return cells;
}

function cellElement(sweep, row, column, index) {
  const cell = cellOf(sweep, matrix.mask, row.kind === 'group' ? row.group.shown : [row.site], column.index);
  const first = column.first ? ' first' : '';
  if (!cell) return h('div', { class: 'void' + first, role: 'gridcell', 'aria-label': 'not tried' }, '\u00b7');
  const name = outcomes[cell.outcome].name;
  const at = matrix.at.row === index && matrix.at.column === column.index ? ' at' : '';
  const many = cell.total > cell.count ? `${number(cell.count)} of ${count(cell.total, 'point')}` : count(cell.total, 'point');
  const label = `${name}, ${many}, ${column.result} ${column.onwards ? 'from then on' : 'once'}`;
  return h('div', { class: `cell o-${name}${first}${cell.dim ? ' dim' : ''}${at}`, role: 'gridcell', 'aria-label': label, title: label, 'data-row': index, 'data-column': column.index },
    h('span', {}, icon(name), cell.count > 1 ? h('b', {}, cell.count < 10000 ? cell.count : Math.floor(cell.count / 1000) + 'k') : ''));
}

function labelOf(sweep, row) {
  if (row.kind === 'group')
    return [h('span', { class: 'turn' }, icon('open')), h('span', { class: 'fn' }, row.group.name), h('span', { class: 'where' }, row.group.file),
      h('span', { class: 'n' }, count(row.group.shown.length, 'site'))];
  const { sites } = sweep;
  const place = sites.parsed[row.site];
  const path = sites.path || (sites.path = []);
  if (path[row.site] === undefined) path[row.site] = pathOf(sites.frames[row.site], place.name);
  const line = place.line.startsWith('+') ? place.line : ':' + place.line;
  const where = place.line === '' ? '' : row.kind === 'lone' ? (line[0] === ':' ? place.file + line : line) : line;
  return [row.kind === 'lone' ? h('span', { class: 'fn' }, place.name) : '', h('span', { class: 'where' }, where),
    h('span', { class: 'path', title: path[row.site] }, path[row.site] ? '\u2190 ' + path[row.site] : ''), h('span', { class: 'method' }, strings[sites.method[row.site]])];
}

function rowElement(sweep, index) {
  const row = matrix.rows[index];
  const kind = row.kind === 'group' ? `group band${row.open ? ' open' : ''}` : `site ${row.kind}${row.kind === 'lone' ? ' band' : ''}`;
  return h('div', { class: 'row ' + kind, role: 'row', 'aria-rowindex': index + 1, 'data-row': index, 'aria-expanded': row.kind === 'group' ? String(row.open) : null,
    style: { top: index * ROW_HEIGHT + 'px', 'grid-template-columns': matrix.template } },
  h('div', { class: 'label', role: 'rowheader' }, labelOf(sweep, row)), sweep.columns.map(column => cellElement(sweep, row, column, index)),
  h('div', { class: 'calls', role: 'gridcell' }, number(row.kind === 'group' ? row.calls : sweep.sites.calls[row.site])));
}

/* Rows that stay in sight stay as they are; only what comes into sight is made. On paper all are in sight. */
function drawRows() {
  const { all } = matrix;
  const sweep = sweepNow();
  const top = matrix.element.scrollTop;
  const first = all ? 0 : Math.max(0, Math.floor(top / ROW_HEIGHT) - 8);
  const last = all ? Math.min(matrix.rows.length, all) : Math.min(matrix.rows.length, Math.ceil((top + matrix.element.clientHeight) / ROW_HEIGHT) + 8);
  for (const [index, element] of matrix.drawn) {
    if (index >= first && index < last) continue;
    element.remove();
    matrix.drawn.delete(index);
  }
  const fresh = [];
  for (let i = first; i < last; i++) {
    if (matrix.drawn.has(i)) continue;
    const element = rowElement(sweep, i);
    matrix.drawn.set(i, element);
    fresh.push(element);
  }
  if (fresh.length) matrix.body.append(...fresh);
  if (all) matrix.body.append(...[...matrix.drawn].sort((a, b) => a[0] - b[0]).map(one => one[1]));
}

function redrawRows() {
  matrix.drawn.clear();
  matrix.body.replaceChildren();
  drawRows();
}

/* Rows anew: after a filter, an order, a function opened or closed. */
function drawMatrix() {
  const sweep = sweepNow();
  const made = makeRows(sweep);
  matrix.rows = made.rows;
  matrix.mask = made.mask;
  matrix.template = template(sweep);
  matrix.at.row = Math.min(matrix.at.row, Math.max(0, made.rows.length - 1));
  matrix.head.style.setProperty('grid-template-columns', matrix.template);
  matrix.body.style.setProperty('height', made.rows.length * ROW_HEIGHT + 'px');
  const width = columnWidths(sweep).reduce((sum, one) => sum + one, 0) + (window.innerWidth < 900 ? 190 : 320) + 68;
  matrix.body.style.setProperty('min-width', width + 'px');
  matrix.head.style.setProperty('min-width', width + 'px');
  matrix.element.setAttribute('aria-rowcount', String(made.rows.length));
  redrawRows();
  const tally = document.getElementById('tally');
  if (tally) tally.textContent = `${count(made.points, 'point')} at ${count(made.sites, 'site')}`;
  const nothing = document.getElementById('nothing');
  if (nothing) nothing.hidden = made.rows.length > 0;
}

function turnGroup(row) {
  const { index } = row.group;
  if (!state.turned.delete(index)) state.turned.add(index);
  drawMatrix();
}

/* Brings a site's cell into view, its function opened if need be. */
function revealCell(site, column) {
  const find = () => matrix.rows.findIndex(row => row.site === site);
  if (find() < 0) {
    const group = matrix.rows.find(row => row.kind === 'group' && row.group.sites.includes(site));
    if (group) turnGroup(group);
  }
  if (find() >= 0) moveTo(find(), column);
}

function openCell(index, column) {
  const row = matrix.rows[index];
  matrix.at = { row: index, column };
  if (row.kind === 'group') {
    const sweep = sweepNow();
    const site = worstSite(sweep, row.group.shown, column);
    if (site !== undefined) showCell(site, column);
  } else {
    showCell(row.site, column);
  }
  redrawRows();
}

function worstSite(sweep, sites, column) {
  let best;
  let worst = -1;
  for (const site of sites) {
    const cell = cellOf(sweep, matrix.mask, [site], column);
    const weight = cell ? rank[cell.outcome] + (cell.dim ? 0 : 10000) : -1;
    if (weight > worst) [best, worst] = [site, weight];
  }
  return best;
}

function moveTo(row, column) {
  const columns = sweepNow().columns.length;
  matrix.at = { row: Math.max(0, Math.min(matrix.rows.length - 1, row)), column: Math.max(0, Math.min(columns - 1, column)) };
  const top = matrix.at.row * ROW_HEIGHT;
  const view = matrix.element;
  const room = view.clientHeight - matrix.head.offsetHeight;
  if (top < view.scrollTop) view.scrollTop = top;
  else if (top + ROW_HEIGHT > view.scrollTop + room) view.scrollTop = top + ROW_HEIGHT - room;
  redrawRows();
  const cell = view.querySelector('.cell.at');
  if (cell) say2(cell.getAttribute('aria-label'));
}

/* For screen readers alone. */
function say2(text) {
  matrix.element.setAttribute('aria-description', text);
}

function matrixKey(event) {
  const { row, column } = matrix.at;
  const page = Math.floor(matrix.element.clientHeight / ROW_HEIGHT) - 2;
  const steps = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageDown: [page, 0], PageUp: [-page, 0], Home: [-row, 0], End: [matrix.rows.length, 0] };
  const step = steps[event.key];
  if (step) moveTo(row + step[0], column + step[1]);
  else if (event.key === 'Enter') openCell(row, column);
  else if (event.key === ' ' && matrix.rows[row].kind !== 'lone') turnGroup(matrix.rows[row]);
  else return;
  event.preventDefault();
}

function matrixView() {
  const sweep = sweepNow();
  matrix.at = { row: 0, column: 0 };
  matrix.head = h('div', { class: 'm-head', role: 'row' }, headOf(sweep));
  matrix.body = h('div', { class: 'm-body', role: 'rowgroup' });
  matrix.element = h('div', { class: 'matrix', role: 'grid', tabindex: '0', 'aria-label': 'fault matrix: sites down, failures across', 'aria-colcount': sweep.columns.length, onkeydown: matrixKey,
    onclick: event => {
      const cell = event.target.closest('.cell');
      const label = event.target.closest('.group .label');
      if (cell) openCell(Number(cell.dataset.row), Number(cell.dataset.column));
      else if (label) turnGroup(matrix.rows[Number(label.parentNode.dataset.row)]);
    } }, matrix.head, matrix.body, h('div', { class: 'empty', id: 'nothing', hidden: true }, 'Nothing passes the filters. ', h('button', { type: 'button', onclick: clearFilters }, 'Show all')));
  matrix.element.addEventListener('scroll', () => drawRows(), { passive: true });
  return [matrixTools(sweep), matrix.element];
}

/* SPDX-License-Identifier: MIT
 * The matrix on the screen. Only rows that can be seen exist; scrolling moves them. The grid is one stop of the tab key; arrows move its active cell, which
 * aria-activedescendant names and which is always in view.
 */
const ROW_HEIGHT = 30;
const matrix = { element: null, body: null, head: null, rows: [], columns: [], mask: null, at: { row: 0, column: 0 }, drawn: new Map(), all: 0 };

/* A failure's name breaks at a "_" near its middle: two short lines rather than one wide column. */
function nameLines(name) {
  let best = -1;
  for (let i = name.indexOf('_'); i >= 0; i = name.indexOf('_', i + 1))
    if (best < 0 || Math.abs(i + 1 - name.length / 2) < Math.abs(best + 1 - name.length / 2)) best = i;
  return name.length <= 13 || best < 0 ? [name] : [name.slice(0, best + 1), name.slice(best + 1)];
}

/* The two lines of a column's head: the failure, and its variant or how many others it stands for. */
function headLines(column, alike) {
  const also = [...new Set(alike.flatMap(other => [...other.stands]))];
  const lines = nameLines(column.name);
  const second = column.variant || (also.length ? `and ${also.length} more` : '');
  return { lines, second, also };
}

function columnWidths() {
  const { columns } = matrix;
  return columns.map(column => {
    const { lines, second } = headLines(column, columns.filter(other => other.result === column.result));
    const longest = Math.max(...lines.map(line => line.length * 6.7), Math.min(second.length, 22) * 5.6);
    return Math.max(58, Math.ceil((longest + 14) / column.alike));
  });
}

function labelWidth() {
  return matrix.all ? 220 : window.innerWidth < 700 ? 150 : window.innerWidth < 1000 ? 210 : 320;
}

function template() {
  return `minmax(${labelWidth()}px, 1fr) ${columnWidths().map(width => width + 'px').join(' ')} 64px`;
}

function headOf() {
  const { columns } = matrix;
  const cells = [h('div', { class: 'corner', role: 'columnheader' }, 'function and line')];
  for (const column of columns) {
    const known = data.results[column.name];
    if (column.first) {
      const alike = columns.filter(other => other.result === column.result);
      const { lines, second, also } = headLines(column, alike);
      const title = [column.result, known ? `${known.hex}: ${known.meaning}` : '', also.length ? `The caller cannot tell it from ${also.join(', ')}: it stands for these too.` : ''].filter(text => text).join('\n');
      cells.push(h('div', { class: 'fail', role: 'columnheader', title, style: { 'grid-column': `${column.position + 2} / span ${column.alike}` } },
        lines.map(line => h('span', {}, line)), second ? h('small', {}, second) : ''));
    }
    cells.push(h('div', { class: column.first ? 'mode first' : 'mode', role: 'columnheader', title: column.onwards ? 'this call and every one after it failed' : 'this call alone failed', style: { 'grid-column': String(column.position + 2) } }, column.onwards ? 'onwards' : 'once'));
  }
  cells.push(h('div', { class: 'calls', role: 'columnheader', title: 'calls in the run without faults', style: { 'grid-column': String(columns.length + 2) } }, 'calls'));
  return cells;
}

function cellElement(sweep, row, column, index) {
  const cell = cellOf(sweep, matrix.mask, row.kind === 'group' ? row.group.shown : [row.site], column.index);
  const first = column.first ? ' first' : '';
  const isAt = matrix.at.row === index && matrix.at.column === column.position;
  const id = isAt ? 'at' : null;
  if (!cell) return h('div', { class: `void${first}${isAt ? ' at' : ''}`, id, role: 'gridcell', 'aria-label': `not tried, ${column.result} ${column.onwards ? 'from then on' : 'once'}` }, '\u00b7');
  const name = outcomes[cell.outcome].name;
  const at = isAt ? ' at' : '';
  const many = cell.total > cell.count ? `${number(cell.count)} of ${count(cell.total, 'point')}` : count(cell.total, 'point');
  const label = `${name}, ${many}, ${column.result} ${column.onwards ? 'from then on' : 'once'}`;
  return h('div', { class: `cell o-${name}${first}${cell.dim ? ' dim' : ''}${at}`, id, role: 'gridcell', 'aria-label': label, title: label, 'data-row': index, 'data-column': column.position },
    h('span', {}, icon(name), cell.count > 1 ? h('b', {}, cell.count < 10000 ? cell.count : Math.floor(cell.count / 1000) + 'k') : ''));
}

/* The method of a function's sites; "" if they have several. */
function methodOf(sweep, group) {
  const { method } = sweep.sites;
  return group.sites.every(site => method[site] === method[group.sites[0]]) ? strings[method[group.sites[0]]] : '';
}

function labelOf(sweep, row) {
  if (row.kind === 'group')
    return [h('span', { class: 'turn' }, icon('open')), h('span', { class: 'fn' }, row.group.name), h('span', { class: 'where' }, row.group.file),
      h('span', { class: 'n' }, count(row.group.shown.length, 'site')), h('span', { class: 'method' }, methodOf(sweep, row.group))];
  const { sites } = sweep;
  const place = sites.parsed[row.site];
  if (!row.group.paths) row.group.paths = new Map(shortenPaths(sweep, row.group.sites).map((path, i) => [row.group.sites[i], path]));
  const path = row.group.paths.get(row.site);
  const line = place.line.startsWith('+') ? place.line : ':' + place.line;
  const where = place.line === '' ? '' : row.kind === 'lone' ? (line[0] === ':' ? place.file + line : line) : line;
  return [row.kind === 'lone' ? h('span', { class: 'fn' }, place.name) : '', h('span', { class: 'where' }, where),
    h('span', { class: 'path', title: pathOf(sites.frames[row.site], place.name).join(' \u2190 ') }, path ? '\u2190 ' + path : ''), h('span', { class: 'method' }, row.kind === 'lone' || !methodOf(sweep, row.group) ? strings[sites.method[row.site]] : '')];
}

function rowElement(sweep, index) {
  const row = matrix.rows[index];
  const kind = row.kind === 'group' ? `group band${row.open ? ' open' : ''}` : `site ${row.kind}${row.kind === 'lone' ? ' band' : ''}`;
  return h('div', { class: 'row ' + kind, role: 'row', 'aria-rowindex': index + 2, 'aria-level': row.kind === 'child' ? 2 : 1, 'data-row': index, 'aria-expanded': row.kind === 'group' ? String(row.open) : null,
    style: { top: index * ROW_HEIGHT + 'px', 'grid-template-columns': matrix.template } },
  h('div', { class: 'label', role: 'rowheader' }, labelOf(sweep, row)), matrix.columns.map(column => cellElement(sweep, row, column, index)),
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
  matrix.columns = made.columns;
  matrix.template = template();
  matrix.head.replaceChildren(...headOf());
  matrix.at.row = Math.min(matrix.at.row, Math.max(0, made.rows.length - 1));
  matrix.head.style.setProperty('grid-template-columns', matrix.template);
  matrix.body.style.setProperty('height', made.rows.length * ROW_HEIGHT + 'px');
  matrix.at.column = Math.min(matrix.at.column, Math.max(0, made.columns.length - 1));
  const width = columnWidths().reduce((sum, one) => sum + one, 0) + labelWidth() + 64;
  matrix.width = width;
  matrix.body.style.setProperty('min-width', width + 'px');
  matrix.head.style.setProperty('min-width', width + 'px');
  matrix.element.setAttribute('aria-rowcount', String(made.rows.length + 1));
  matrix.element.setAttribute('aria-colcount', String(made.columns.length + 2));
  redrawRows();
  const tally = document.getElementById('tally');
  if (tally) tally.textContent = `${count(made.points, 'point')} at ${count(made.sites, 'site')}`;
  const nothing = document.getElementById('nothing');
  if (nothing) nothing.hidden = made.rows.length > 0;
  matrix.element.hidden = made.rows.length === 0;
  markActive();
}

function turnGroup(row) {
  const { index } = row.group;
  if (!state.turned.delete(index)) state.turned.add(index);
  drawMatrix();
}

/* Brings a site's cell into view, its function opened if need be. column: of the sweep. */
function revealCell(site, column) {
  const find = () => matrix.rows.findIndex(row => row.site === site);
  if (find() < 0) {
    const group = matrix.rows.find(row => row.kind === 'group' && row.group.sites.includes(site));
    if (group) turnGroup(group);
  }
  const shown = matrix.columns.find(one => one.index === column);
  if (find() >= 0 && shown) moveTo(find(), shown.position);
}

/* position: of the column among those that are shown. */
function openCell(index, position) {
  const row = matrix.rows[index];
  const column = matrix.columns[position];
  if (!row || !column) return;
  matrix.at = { row: index, column: position };
  const sweep = sweepNow();
  const site = row.kind === 'group' ? worstSite(sweep, row.group.shown, column.index) : row.site;
  if (site !== undefined) showCell(site, column.index);
  redrawRows();
  markActive();
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

/* Scrolls until the active cell is seen whole, beside the names that stay at the left and below the head. */
function keepInView() {
  const view = matrix.element;
  if (!view || !matrix.columns.length) return;
  const top = matrix.at.row * ROW_HEIGHT;
  const room = view.clientHeight - matrix.head.offsetHeight;
  if (top < view.scrollTop) view.scrollTop = top;
  else if (top + ROW_HEIGHT > view.scrollTop + room) view.scrollTop = top + ROW_HEIGHT - room;
  redrawRows();
  const cell = document.getElementById('at');
  if (!cell) return;
  const names = view.querySelector('.row .label').offsetWidth;
  const left = cell.offsetLeft - names;
  const right = cell.offsetLeft + cell.offsetWidth;
  if (matrix.at.column === 0) view.scrollLeft = 0;
  else if (left < view.scrollLeft) view.scrollLeft = left;
  else if (right > view.scrollLeft + view.clientWidth) view.scrollLeft = right - view.clientWidth;
}

function markActive() {
  if (document.getElementById('at')) matrix.element.setAttribute('aria-activedescendant', 'at');
  else matrix.element.removeAttribute('aria-activedescendant');
}

function moveTo(row, column) {
  matrix.at = { row: Math.max(0, Math.min(matrix.rows.length - 1, row)), column: Math.max(0, Math.min(matrix.columns.length - 1, column)) };
  keepInView();
  markActive();
}

function matrixKey(event) {
  const { row, column } = matrix.at;
  const page = Math.floor(matrix.element.clientHeight / ROW_HEIGHT) - 2;
  const steps = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageDown: [page, 0], PageUp: [-page, 0], Home: [-row, 0], End: [matrix.rows.length, 0] };
  const step = steps[event.key];
  if (step) moveTo(row + step[0], column + step[1]);
  else if (event.key === 'Enter') openCell(row, column);
  else if (event.key === ' ' && matrix.rows[row] && matrix.rows[row].kind !== 'lone') turnGroup(matrix.rows[row]);
  else return;
  event.preventDefault();
}

function matrixView() {
  const sweep = sweepNow();
  matrix.at = { row: 0, column: 0 };
  matrix.head = h('div', { class: 'm-head', role: 'row', 'aria-rowindex': 1 });
  matrix.body = h('div', { class: 'm-body', role: 'rowgroup' });
  matrix.element = h('div', { class: 'matrix', role: 'treegrid', tabindex: '0', 'aria-label': 'fault matrix: functions and lines down, failures across', onkeydown: matrixKey,
    onclick: event => {
      const cell = event.target.closest('.cell');
      const label = event.target.closest('.group .label');
      if (cell) openCell(Number(cell.dataset.row), Number(cell.dataset.column));
      else if (label) turnGroup(matrix.rows[Number(label.parentNode.dataset.row)]);
    } }, h('div', { class: 'm-top', role: 'rowgroup' }, matrix.head), matrix.body);
  const nothing = h('div', { class: 'empty', id: 'nothing', hidden: true }, 'Nothing passes the filters. ', h('button', { type: 'button', onclick: clearFilters }, 'Show all'));
  matrix.element.addEventListener('scroll', () => drawRows(), { passive: true });
  return [matrixTools(sweep), nothing, matrix.element];
}

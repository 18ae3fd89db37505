/* SPDX-License-Identifier: MIT
 * Making elements. Children are text or nodes, attributes are set as attributes, so nothing that is shown can become markup.
 */
const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'style') Object.entries(value).forEach(([key, one]) => element.style.setProperty(key, one));
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false && child !== ''));
  return element;
}
const h = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
const s = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);
const icon = name => s('svg', { class: 'icon', 'aria-hidden': 'true' }, s('use', { href: '#i-' + name }));
const sign = (outcome, big) => h('span', { class: `sign o-${outcomes[outcome].name}${big ? ' big' : ''}` }, icon(outcomes[outcome].name));

let saidTimer = 0;
function say(text) {
  const said = document.getElementById('said');
  said.textContent = text;
  said.classList.add('on');
  clearTimeout(saidTimer);
  saidTimer = setTimeout(() => said.classList.remove('on'), 1600);
}

/* A page from disk may be refused the clipboard; selecting and copying always works. */
async function copyText(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch (refused) {
    const field = h('textarea', { style: { position: 'fixed', opacity: '0' } });
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand('copy');
    field.remove();
  }
  say(`${what} copied`);
}

function copyBox(text, what) {
  return h('div', { class: 'copy' }, h('pre', { tabindex: '0' }, text),
    h('button', { type: 'button', title: `Copy ${what}`, 'aria-label': `Copy ${what}`, onclick: () => copyText(text, what) }, icon('copy')));
}

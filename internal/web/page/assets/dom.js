// Building and bringing up to date. Text goes in as text only: names come from configuration files.

export const $ = (id) => document.getElementById(id);

// el makes an element with a class and children, which are elements or text.
export function el(tag, className, ...children) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  e.append(...children);
  return e;
}

// text brings the text of an element up to date, and touches nothing where it is.
export function text(e, s) {
  if (e.textContent !== s) e.textContent = s;
}

// attr does the same with an attribute; null takes it away.
export function attr(e, name, value) {
  if (value === null) e.removeAttribute(name);
  else if (e.getAttribute(name) !== value) e.setAttribute(name, value);
}

// show hides an element or shows it.
export function show(e, visible) {
  if (e.hidden === Boolean(visible)) e.hidden = !visible;
}

// list brings the children of an element to the items. An element stays that of the item with its
// key, so that focus, open parts and what is selected stay. make makes an element, update fills it.
export function list(parent, items, key, make, update) {
  const old = parent.byKey || new Map();
  const rows = new Map();
  for (const item of items) {
    let k = key(item);
    while (rows.has(k)) k += "\u0000"; // two of the same name
    rows.set(k, old.get(k) || make(item));
  }
  // What goes goes first: an element that is moved loses the focus.
  for (const [k, e] of old) if (!rows.has(k)) e.remove();
  let next = parent.firstElementChild;
  let i = 0;
  for (const e of rows.values()) {
    if (e === next) next = next.nextElementSibling;
    else parent.insertBefore(e, next);
    update(e, items[i++]);
  }
  parent.byKey = rows;
}

// row makes a row of a table whose cells have the labels that a narrow screen shows beside them. The
// roles are said, since a row that is laid out as a card would lose them.
export function row(labels) {
  const tr = el("tr");
  tr.setAttribute("role", "row");
  labels.forEach((label, i) => {
    const cell = el(i === 0 ? "th" : "td");
    cell.setAttribute("role", i === 0 ? "rowheader" : "cell");
    if (i === 0) cell.scope = "row";
    cell.dataset.label = label;
    tr.append(cell);
  });
  return tr;
}

// badge brings a word that says a state up to date. The kind gives it its colour.
export function badge(e, word, kind) {
  text(e, word);
  if (e.className !== "badge " + kind) e.className = "badge " + kind;
}

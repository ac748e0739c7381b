// Elements from code. Texts are always text nodes, so that nothing a user wrote is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** Return an element: h("p", {class: "x", onclick: f}, "text", other elements, null or lists of them). */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** Return an SVG element. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...flat(children));
  return element;
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Put other children into an element. */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

let count = 0;

/** Return a field with its label: an input, select or textarea that the caller made. */
export function field(label, control, hint = null) {
  control.id ||= `field-${++count}`;
  const note = hint && h("small", { id: `${control.id}-hint` }, hint);
  if (note) control.setAttribute("aria-describedby", note.id);
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control, note);
}

/** Return a select of [value, text] pairs. */
export function choice(options, selected, attributes = {}) {
  return h("select", attributes, options.map(([value, text]) => h("option", { value, selected: value === selected }, text)));
}

/** Return what a form holds, empty fields left out; numbers where the input is one. */
export function values(form) {
  const found = {};
  for (const control of form.elements) {
    if (!control.name || control.value === "") continue;
    found[control.name] = control.type === "number" ? Number(control.value) : control.value;
  }
  return found;
}

/** Return a function that waits for a pause before it calls another. */
export function later(milliseconds, call) {
  let timer;
  return (...those) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...those), milliseconds);
  };
}

// Changes elements only where they differ: a browser styles and lays out anew what is written, though it be the same.

/** Show a text; a single run of text is changed in place, for a new one would be styled and laid out as another. */
export function setText(element, text) {
  if (element == null || element.textContent === text) return;
  const [run, ...others] = element.childNodes;
  if (others.length === 0 && run?.nodeType === Node.TEXT_NODE && text !== "") run.data = text;
  else element.textContent = text;
}

/** Hide an element, or show it. */
export function setHidden(element, hidden) {
  if (element != null && element.hidden !== hidden) element.hidden = hidden;
}

/** Set an attribute. */
export function setAttribute(element, name, value) {
  if (element != null && element.getAttribute(name) !== value) element.setAttribute(name, value);
}

// Elements of a page: found, and made.

/** The element with this id; a page without it is wrong. */
export function byId(id) {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no element with the id ${id}`)
  return element
}

/** An element with attributes, or properties of its dataset as `data: {}`, and what is in it. */
export function make(tag, { data = {}, ...attributes } = {}, ...content) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  Object.assign(element.dataset, data)
  element.append(...content)
  return element
}

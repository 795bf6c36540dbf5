// A textarea and a text of yjs, each as the other is, with the selection where it was in the text.
import * as Y from '/yjs.js'

/** Binds them for as long as the page lives. */
export function bind(area, text) {
  let shown = ''
  const show = (value) => {
    shown = value
    if (area.value !== value) area.value = value
  }

  // Only what is between the common beginning and the common end was changed.
  area.addEventListener('input', () => {
    const { value } = area
    let from = 0
    while (from < shown.length && from < value.length && shown[from] === value[from]) from += 1
    let end = 0
    while (
      end < shown.length - from &&
      end < value.length - from &&
      shown[shown.length - 1 - end] === value[value.length - 1 - end]
    )
      end += 1
    const removed = shown.length - from - end
    const added = value.slice(from, value.length - end)
    shown = value
    text.doc.transact(() => {
      if (removed > 0) text.delete(from, removed)
      if (added !== '') text.insert(from, added)
    }, area)
  })

  // A position in the text itself moves along with what others write before it.
  const mark = (at) => Y.createRelativePositionFromTypeIndex(text, at)
  const find = (position) => Y.createAbsolutePositionFromRelativePosition(position, text.doc)?.index ?? 0
  let selection = [mark(0), mark(0)]
  const remember = () => {
    selection = [mark(area.selectionStart), mark(area.selectionEnd)]
  }
  document.addEventListener('selectionchange', remember)

  text.observe(({ transaction }) => {
    if (transaction.origin === area) return remember()
    show(text.toString())
    const [start, end] = selection.map(find)
    area.setSelectionRange(start, end)
  })
  show(text.toString())
}

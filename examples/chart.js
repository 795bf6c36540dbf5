// A line on a canvas: the values of the last seconds, in the colours of the page.

export class Line {
  #canvas
  #pen
  #spanMs
  #points = []

  /** `spanMs`: how far back it shows. */
  constructor(canvas, spanMs) {
    this.#canvas = canvas
    this.#pen = canvas.getContext('2d')
    this.#spanMs = spanMs
  }

  add(time, value) {
    this.#points.push({ time, value })
  }

  draw(now) {
    const from = now - this.#spanMs
    // One older point stays, so that the line begins at the edge.
    while (this.#points.length > 2 && this.#points[1].time < from) this.#points.shift()
    const scale = devicePixelRatio
    const [width, height] = [this.#canvas.clientWidth, this.#canvas.clientHeight]
    if (this.#canvas.width !== width * scale) this.#canvas.width = width * scale
    if (this.#canvas.height !== height * scale) this.#canvas.height = height * scale
    const pen = this.#pen
    pen.setTransform(scale, 0, 0, scale, 0, 0)
    pen.clearRect(0, 0, width, height)
    if (this.#points.length === 0) return
    const values = this.#points.map(({ value }) => value)
    const [low, high] = [Math.min(...values), Math.max(...values)]
    const range = high - low || 1
    const x = (time) => ((time - from) / this.#spanMs) * width
    const y = (value) => height - 3 - ((value - low) / range) * (height - 6)
    pen.strokeStyle = getComputedStyle(this.#canvas).color
    pen.lineWidth = 2
    pen.beginPath()
    for (const { time, value } of this.#points) pen.lineTo(x(time), y(value))
    // The newest value holds until there is another.
    pen.lineTo(width, y(values.at(-1)))
    pen.stroke()
  }
}

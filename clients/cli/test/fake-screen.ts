import { PassThrough } from 'node:stream'
import { widthOf } from '../src/format.js'
import type { Terminal } from '../src/terminal.js'

/** A terminal of a few rows that understands what readline and the chat write to it. */
export type FakeScreen = Terminal & {
  stdin: PassThrough
  /** The rows as a person sees them, without empty ones at the end. */
  rows: () => string[]
  resize: (columns: number) => void
}

const ESCAPE = /^\u001b(?:\[(\d*)([A-Za-z])|\[(\d+(?:;\d+)*)m|([78]))/

export function fakeScreen(columns: number, height = 24): FakeScreen {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns, rows: height })
  let cells: string[][] = [[]]
  let [row, column] = [0, 0]
  let saved = [0, 0]

  const at = (index: number): string[] => {
    while (cells.length <= index) cells.push([])
    return cells[index] ?? []
  }
  const scroll = (): void => {
    if (row < height) return
    cells.shift()
    row -= 1
  }
  const write = (character: string): void => {
    if (column + widthOf(character) > stdout.columns) {
      row += 1
      column = 0
      scroll()
    }
    const line = at(row)
    while (line.length < column) line.push(' ')
    line[column] = character
    if (widthOf(character) === 2) line[column + 1] = ''
    column += widthOf(character)
  }
  const commands: Record<string, (count: number) => void> = {
    A: (count) => (row = Math.max(0, row - count)),
    B: (count) => (row += count),
    C: (count) => (column += count),
    D: (count) => (column = Math.max(0, column - count)),
    G: (count) => (column = count - 1),
    J: () => {
      at(row).length = Math.min(at(row).length, column)
      cells = cells.slice(0, row + 1)
    },
    K: () => (at(row).length = 0),
  }
  const obey = (match: RegExpExecArray): void => {
    const [, count, command, , memory] = match
    if (command) commands[command]?.(Number(count === '' ? 1 : count))
    if (memory === '7') saved = [row, column]
    if (memory === '8') [row = 0, column = 0] = saved
  }
  const put = (character: string): void => {
    if (character === '\n') {
      row += 1
      scroll()
    } else if (character === '\r') column = 0
    else write(character)
  }
  stdout.on('data', (chunk: Buffer) => {
    let text = chunk.toString()
    while (text !== '') {
      const match = ESCAPE.exec(text)
      const [part] = match ?? [String.fromCodePoint(text.codePointAt(0) ?? 0)]
      if (match) obey(match)
      else put(part)
      text = text.slice(part.length)
    }
  })
  return {
    stdin,
    stdout,
    stderr: new PassThrough(),
    env: { TERM: 'xterm', NO_COLOR: '1' },
    rows: () =>
      cells
        .map((line) => line.join('').trimEnd())
        .filter((line, i, all) => line !== '' || i < all.length - 1),
    resize(next) {
      stdout.columns = next
      stdout.emit('resize')
    },
  }
}

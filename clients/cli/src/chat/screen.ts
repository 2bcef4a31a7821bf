import {
  type Interface,
  clearScreenDown,
  createInterface,
  cursorTo,
  moveCursor,
} from 'node:readline'
import { rowsOf, widthOf } from '../format.js'
import type { Output, Terminal } from '../terminal.js'

/** Text that was printed, and where: a part of it may be rewritten while it is on the screen. */
export type Block = { firstRow: number; generation: number }

/** A prompt at the bottom, and everything else above it. */
export type Screen = {
  print: (text: string) => Block
  /** Writes over a printed block, on its first row, from a column on; `text` must keep the width. */
  rewrite: (block: Block, column: number, text: string) => void
  setPrompt: (prompt: string) => void
  close: () => void
}

export type ScreenEvents = {
  onLine: (line: string) => void
  /** A key was pressed; `isEmpty` says whether the line is empty now. */
  onKey: (isEmpty: boolean) => void
  onClose: () => void
}

const SAVE = '\u001b7'
const RESTORE = '\u001b8'

type Keeper = { lines: Interface; stdout: Output; printedRows: number; generation: number }

export function openScreen(
  { stdin, stdout }: Terminal,
  prompt: string,
  events: ScreenEvents,
): Screen {
  const lines = createInterface({ input: stdin, output: stdout, terminal: true, prompt })
  const screen: Keeper = { lines, stdout, printedRows: 0, generation: 0 }
  lines.on('line', (line) => {
    // readline left the typed line and a line break behind; the line comes back as a message.
    hidePrompt(screen, rowsOf(lines.getPrompt() + line, columnsOf(stdout)))
    lines.prompt()
    events.onLine(line)
  })
  // On a new width the terminal breaks its lines anew: nobody knows where they are.
  stdout.on('resize', () => {
    screen.generation += 1
  })
  stdin.on('keypress', () => {
    setImmediate(() => {
      events.onKey(lines.line === '')
    })
  })
  lines.on('close', events.onClose)
  lines.prompt()
  return {
    print: (text) => print(screen, text),
    rewrite: (block, column, text) => {
      rewrite(screen, block, { column, text })
    },
    setPrompt(next) {
      if (lines.getPrompt() === next) return
      lines.setPrompt(next)
      lines.prompt(true)
    },
    close: () => {
      hidePrompt(screen, lines.getCursorPos().rows)
      lines.close()
    },
  }
}

const columnsOf = ({ columns = 80 }: Output): number => Math.max(1, columns)

/** Takes the prompt and what was typed off the screen; the next `prompt` writes it again. */
function hidePrompt({ lines, stdout }: Keeper, rows: number): void {
  moveCursor(stdout, 0, -rows)
  cursorTo(stdout, 0)
  clearScreenDown(stdout)
  // readline remembers how far up its line began, and would clear what is printed now.
  if ('prevRows' in lines) lines.prevRows = 0
}

function print(screen: Keeper, text: string): Block {
  const { lines, stdout, generation } = screen
  hidePrompt(screen, lines.getCursorPos().rows)
  stdout.write(`${text}\n`)
  const block = { firstRow: screen.printedRows, generation }
  screen.printedRows += rowsOf(text, columnsOf(stdout))
  lines.prompt(true)
  return block
}

function rewrite(
  { lines, stdout, printedRows, generation }: Keeper,
  block: Block,
  { column, text }: { column: number; text: string },
): void {
  const up = printedRows - block.firstRow + lines.getCursorPos().rows
  const isVisible = up < (stdout.rows ?? 24) && column + widthOf(text) <= columnsOf(stdout)
  if (!isVisible || block.generation !== generation) return
  stdout.write(SAVE)
  moveCursor(stdout, 0, -up)
  cursorTo(stdout, column)
  stdout.write(text + RESTORE)
}

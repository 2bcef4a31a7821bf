import { type Terminal, hasColor } from './terminal.js'

export type Style = 'bold' | 'dim' | 'green' | 'cyan' | 'yellow' | 'red'

const CODES: Record<Style, string> = {
  bold: '1',
  dim: '2',
  green: '32',
  cyan: '36',
  yellow: '33',
  red: '31',
}

/** Writes results to stdout and everything else to stderr. */
export type Printer = {
  isJson: boolean
  /** The result of a command: one JSON object with `--json`, else lines. */
  result: (json: object, lines: string | readonly string[]) => void
  /** One line of a stream: a JSON object with `--json`, else text; nothing for an empty text. */
  item: (json: object, line: string) => void
  /** What a person should know besides the result; programs find it in the JSON. */
  notice: (text: string) => void
  /** What `--verbose` asks for. */
  trace: (text: string) => void
  style: (style: Style, text: string) => string
}

export function createPrinter(terminal: Terminal, isJson: boolean): Printer {
  const isColored = hasColor(terminal)
  const write = (line: string): void => {
    terminal.stdout.write(`${line}\n`)
  }
  return {
    isJson,
    result(json, lines) {
      if (isJson) write(JSON.stringify(json))
      else for (const line of typeof lines === 'string' ? [lines] : lines) write(line)
    },
    item(json, line) {
      if (isJson) write(JSON.stringify(json))
      else if (line !== '') write(line)
    },
    notice(text) {
      if (!isJson) terminal.stderr.write(`${text}\n`)
    },
    trace(text) {
      terminal.stderr.write(`${text}\n`)
    },
    style: (style, text) => (isColored ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text),
  }
}

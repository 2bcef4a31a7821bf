import type { Command } from 'commander'
import { type Context, createContext } from './context.js'
import type { GlobalOptions } from './settings.js'
import type { Terminal } from './terminal.js'

/** Turns work with a context into a commander action; its arguments and options follow the context. */
export type Act = <A extends unknown[]>(
  work: (context: Context, ...args: A) => Promise<void>,
) => (this: Command, ...args: A) => Promise<void>

export const createAct =
  (terminal: Terminal): Act =>
  (work) =>
    function (...args) {
      const options: GlobalOptions = this.optsWithGlobals()
      return work(createContext(options, terminal), ...args)
    }

/** Help begins with what one would type. */
export function withExamples(
  command: Command,
  ...examples: [line: string, what: string][]
): Command {
  const width = Math.max(...examples.map(([line]) => line.length))
  const lines = examples.map(([line, what]) => `  ${line.padEnd(width)}   ${what}`)
  return command.addHelpText('before', `Examples:\n${lines.join('\n')}\n`)
}

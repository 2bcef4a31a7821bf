import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Context } from './context.js'
import { CliError, EXIT } from './exit-codes.js'

/**
 * A password: from the file that SUP_PASSWORD_FILE names, by a prompt that shows nothing, or the
 * first line of standard input when that is no terminal. Never from an argument, which other
 * processes and the history of the shell would see.
 * @param repeat asks twice, for a password that is set.
 */
export async function readPassword(context: Context, { repeat = false } = {}): Promise<string> {
  const { terminal, canAsk } = context
  const file = terminal.env['SUP_PASSWORD_FILE']
  if (file) return readFileOf(file)
  if (canAsk) return askTwice(context, repeat)
  if (terminal.stdin.isTTY) throw noPassword()
  const line = await readLine(context, '')
  if (line === '') throw noPassword()
  return line
}

const noPassword = (): CliError =>
  new CliError(
    EXIT.usage,
    'There is no password',
    'Give it on standard input, or name a file in SUP_PASSWORD_FILE.',
  )

function readFileOf(file: string): string {
  try {
    const [line = ''] = readFileSync(file, 'utf8').split(/\r?\n/)
    return line
  } catch {
    throw new CliError(EXIT.usage, `SUP_PASSWORD_FILE: cannot read ${file}`)
  }
}

async function askTwice(context: Context, repeat: boolean): Promise<string> {
  const password = await readLine(context, 'Password: ')
  if (repeat && (await readLine(context, 'Again: ')) !== password) {
    throw new CliError(EXIT.usage, 'The two passwords differ')
  }
  return password
}

/** One line; on a terminal nothing of it is shown. */
function readLine({ terminal: { stdin, stderr } }: Context, question: string): Promise<string> {
  const silence = new Writable({
    write(_chunk, _encoding, done) {
      done()
    },
  })
  const isTerminal = stdin.isTTY === true
  if (isTerminal) stderr.write(question)
  const lines = createInterface({ input: stdin, output: silence, terminal: isTerminal })
  return new Promise((resolve, reject) => {
    let answer = ''
    lines.once('line', (line) => {
      answer = line
      lines.close()
    })
    lines.once('SIGINT', () => {
      reject(new CliError(EXIT.failure, 'Interrupted'))
      lines.close()
    })
    lines.once('close', () => {
      if (isTerminal) stderr.write('\n')
      resolve(answer)
    })
  })
}

import type { Client, SupError } from '@sup/sdk'
import type { Context } from './context.js'
import { CliError, EXIT } from './exit-codes.js'

/** A loss of the connection is worth a word only when it lasts. */
const PATIENCE_MS = 2000

/** Follows the state of the connection. `onDown` and `onUp` come in turns, beginning with `onUp`. */
export function watchConnection(
  client: Client,
  { onDown, onUp }: { onDown: () => void; onUp: () => void },
): () => void {
  let isUp = false
  let timer: NodeJS.Timeout | undefined
  const leave = client.on('state', ({ state }) => {
    clearTimeout(timer)
    timer = undefined
    if (state === 'online' && !isUp) {
      isUp = true
      onUp()
    } else if (state === 'reconnecting' && isUp) {
      timer = setTimeout(() => {
        isUp = false
        onDown()
      }, PATIENCE_MS)
    }
  })
  return () => {
    clearTimeout(timer)
    leave()
  }
}

/**
 * Waits until the person ends the program, the reader of its output goes away, or `until` settles.
 * @throws CliError when the session or the connection ended for good.
 */
export function untilEnd(
  { terminal }: Context,
  client: Client,
  until: Promise<void> = new Promise(() => undefined),
): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (err?: Error): void => {
      process.off('SIGINT', done).off('SIGTERM', done)
      terminal.stdout.off('close', done)
      leave()
      if (err) reject(err)
      else resolve()
    }
    const done = (): void => {
      finish()
    }
    const leave = client.on('state', ({ state, reason }) => {
      if (state === 'ended') finish(ended(reason))
    })
    process.on('SIGINT', done).on('SIGTERM', done)
    terminal.stdout.on('close', done)
    until.then(done, finish)
  })
}

function ended(reason: SupError | undefined): CliError {
  if (reason?.code === 'TOO_MANY_CONNECTIONS') {
    return new CliError(EXIT.rateLimited, 'Too many connections of this account are open')
  }
  return new CliError(EXIT.auth, 'The session has ended', 'Log in again with `sup login`.')
}

/** Runs work one after the other, so that lines come out in the order of the events. */
export function createSequence(): (work: () => void | Promise<void>) => Promise<void> {
  let tail: Promise<void> = Promise.resolve()
  return (work) => {
    tail = tail.then(work)
    return tail
  }
}

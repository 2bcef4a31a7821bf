import { serverEvents } from '@sup/types'
import type { z } from 'zod'

type ServerEvent = (typeof serverEvents)[number]
export type ServerEventName = ServerEvent['name']
export type EventPayload<N extends ServerEventName> = z.output<
  Extract<ServerEvent, { name: N }>['payload']
>

/** What came, in the order in which it came. */
export type ReceivedEvent = { name: string; payload: unknown }

/** Keeps everything that came and hands it out, each event once. */
export type Inbox = {
  events: readonly ReceivedEvent[]
  receive: (name: string, payload: unknown) => void
  /**
   * The first event of this name that fits and was not given out before; waits for it when it has not
   * come yet. Every event that is looked at is checked against the contract.
   */
  next: <N extends ServerEventName>(
    name: N,
    fits?: (payload: EventPayload<N>) => boolean,
    limitMs?: number,
  ) => Promise<EventPayload<N>>
}

export const WAIT_LIMIT_MS = 10_000

export function createInbox(): Inbox {
  const events: ReceivedEvent[] = []
  const taken = new Set<ReceivedEvent>()
  const waiting = new Set<() => void>()

  function take<N extends ServerEventName>(
    name: N,
    fits: (payload: EventPayload<N>) => boolean,
  ): EventPayload<N> | undefined {
    const found = events.find(
      (event) => event.name === name && !taken.has(event) && fits(checked(name, event.payload)),
    )
    if (found === undefined) return undefined
    taken.add(found)
    return checked(name, found.payload)
  }

  return {
    events,
    receive: (name, payload) => {
      events.push({ name, payload })
      for (const look of [...waiting]) look()
    },
    next: (name, fits = () => true, limitMs = WAIT_LIMIT_MS) =>
      new Promise((resolve, reject) => {
        const settle = (end: () => void): void => {
          clearTimeout(timer)
          waiting.delete(look)
          end()
        }
        const fail = (error: unknown): void => {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
        const look = (): void => {
          try {
            const payload = take(name, fits)
            if (payload !== undefined) settle(() => { resolve(payload) }) // prettier-ignore
          } catch (error) {
            settle(() => { fail(error) }) // prettier-ignore
          }
        }
        const timer = setTimeout(() => {
          settle(() => {
            fail(new Error(`No fitting ${name} within ${limitMs} ms; ${describe(events)}`))
          })
        }, limitMs)
        waiting.add(look)
        look()
      }),
  }
}

const schemas = new Map<string, z.ZodType>(serverEvents.map(({ name, payload }) => [name, payload]))

/** The payload when it is what the contract says; throws with the place when it is not. */
function checked<N extends ServerEventName>(name: N, payload: unknown): EventPayload<N> {
  const parsed = schemas.get(name)?.safeParse(payload)
  if (parsed?.success === false) {
    throw new Error(`The event ${name} breaks the contract: ${parsed.error.message}`)
  }
  // The map above pairs each name with its own schema.
  return payload as EventPayload<N>
}

function describe(events: readonly ReceivedEvent[]): string {
  if (events.length === 0) return 'nothing has come at all'
  const last = events.slice(-15).map(({ name, payload }) => `  ${name} ${JSON.stringify(payload)}`)
  return `${events.length} events have come, the last of them:\n${last.join('\n').slice(0, 4000)}`
}

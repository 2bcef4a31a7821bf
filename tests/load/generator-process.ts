import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type {
  CatchUpReport,
  Command,
  ConnectReport,
  Crowd,
  Reply,
  TrafficPlan,
  TrafficReport,
} from './generator/protocol.js'

/** The load generator in its own process. Marks come at both ends of what is measured. */
export type Generator = {
  pid: number
  meet: (crowd: Crowd) => Promise<void>
  /** @param perSecond how many connections are begun in a second */
  connect: (perSecond: number) => Promise<ConnectReport>
  traffic: (plan: TrafficPlan, mark: Mark) => Promise<TrafficReport>
  /** Everybody notes a sync cursor. */
  remember: () => Promise<void>
  disconnect: () => Promise<void>
  catchUp: (expected: number, mark: Mark) => Promise<CatchUpReport>
  stop: () => Promise<void>
}

export type Mark = (which: 'begun' | 'over') => void

type Waiting = { mark: Mark; resolve: (value: unknown) => void; reject: (error: Error) => void }

/** Starts the generator; it ends with this process at the latest. */
export function startGenerator(): Generator {
  const child = fork(fileURLToPath(new URL('generator/main.ts', import.meta.url)))
  const ask = createAsk(child)
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve()
    })
  })
  return {
    pid: child.pid ?? -1,
    meet: async (crowd) => {
      await ask({ type: 'crowd', crowd })
    },
    connect: async (perSecond) => (await ask({ type: 'connect', perSecond })) as ConnectReport,
    traffic: async (plan, mark) => (await ask({ type: 'traffic', plan }, mark)) as TrafficReport,
    remember: async () => {
      await ask({ type: 'remember' })
    },
    disconnect: async () => {
      await ask({ type: 'disconnect' })
    },
    catchUp: async (expected, mark) =>
      (await ask({ type: 'catch-up', expected }, mark)) as CatchUpReport,
    stop: async () => {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

function createAsk(child: ChildProcess): (command: Command, mark?: Mark) => Promise<unknown> {
  const waiting = new Map<number, Waiting>()
  let last = 0
  child.on('message', (reply: Reply) => {
    const asked = waiting.get(reply.id)
    if (asked === undefined) return
    if ('mark' in reply) {
      asked.mark(reply.mark)
      return
    }
    waiting.delete(reply.id)
    if ('error' in reply) asked.reject(new Error(`load generator: ${reply.error}`))
    else asked.resolve(reply.result)
  })
  child.once('exit', (code, signal) => {
    for (const { reject } of waiting.values()) {
      reject(new Error(`the load generator ended with ${signal ?? code ?? 0}`))
    }
  })
  return (command, mark = () => undefined) =>
    new Promise((resolve, reject) => {
      last += 1
      waiting.set(last, { mark, resolve, reject })
      child.send({ id: last, command })
    })
}

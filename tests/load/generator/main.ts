import { catchUp, rememberCursors } from './catch-up.js'
import { createLedger } from './ledger.js'
import type { Command, Crowd, Reply, Request } from './protocol.js'
import { type Sockets, connectAll } from './sockets.js'
import type { Run } from './run.js'
import { runTraffic } from './traffic.js'

// The load generator: a process of its own, so that its work is neither counted nor in the way. It does
// what its parent asks, one command after the other, and ends with it.

type Mark = (which: 'begun' | 'over') => void

const state: { crowd?: Crowd; sockets?: Sockets; run?: Run; cursors: string[] } = { cursors: [] }

process.on('message', (request: Request) => {
  void answer(request)
})
process.on('disconnect', () => {
  process.exit(0)
})

async function answer({ id, command }: Request): Promise<void> {
  try {
    const result = await perform(command, (mark) => {
      reply({ id, mark })
    })
    reply({ id, result })
  } catch (error) {
    reply({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}

function reply(message: Reply): void {
  process.send?.(message)
}

async function perform(command: Command, mark: Mark): Promise<unknown> {
  if (command.type === 'crowd') {
    state.crowd = command.crowd
    return undefined
  }
  const crowd = given(state.crowd)
  switch (command.type) {
    case 'connect':
      return connect(crowd, command.perSecond)
    case 'traffic':
      return runTraffic(given(state.run), command.plan, mark)
    case 'remember':
      state.cursors = await rememberCursors(crowd)
      return undefined
    case 'disconnect':
      state.sockets?.close()
      return undefined
    case 'catch-up':
      return catchUp(crowd, { cursors: state.cursors, expected: command.expected }, mark)
  }
}

async function connect(crowd: Crowd, perSecond: number): Promise<unknown> {
  const { sockets, report } = await connectAll(crowd, perSecond)
  state.sockets = sockets
  state.run = { crowd, sockets, ledger: createLedger(crowd), sentAt: [] }
  return report
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('commands came in the wrong order')
  return value
}

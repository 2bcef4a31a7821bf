import type { SupError } from '../base/sup-error.js'
import { createUuids } from '../base/uuid.js'
import type { ClientState } from '../client-events.js'
import { createDeliver } from '../outbox/deliver.js'
import { createOutbox } from '../outbox/outbox.js'
import { type ConnectionState, createConnection } from '../socket/connection.js'
import { createAcknowledger } from '../sync/acknowledge.js'
import { createCatchUp } from '../sync/catch-up.js'
import { createInbox } from '../sync/inbox.js'
import { createMarks } from '../sync/marks.js'
import { type Batch, loadWorld } from '../sync/world.js'
import type { Engine, EngineNeeds } from './parts.js'
import { receive } from './receive.js'
import { standing } from './standing.js'
import { tell } from './tell.js'

/** Builds the parts and ties them together; `engine` is complete before any of them can call back. */
export async function createEngine(needs: EngineNeeds): Promise<Engine> {
  const { me, storage, clock, log, call, emitter, keepMessages } = needs
  const world = await loadWorld(storage, me, keepMessages)
  const inbox = createInbox({
    world,
    storage,
    clock,
    log,
    tell: (emission) => {
      tell(engine, emission)
    },
    followUp: (batch) => {
      followUp(engine, batch)
    },
  })
  const connection = createConnection({
    ...needs,
    standing: () => standing(world),
    onEvent: (event) => {
      receive(engine, event)
    },
    onState: (state, reason) => {
      onConnection(engine, { state, reason })
    },
  })
  const outbox = createOutbox({
    storage,
    clock,
    log,
    newId: createUuids(clock),
    deliver: createDeliver({ call, connection }),
    onChange: (entry) => {
      emitter.emit('outbox', entry)
    },
  })
  const engine: Engine = {
    ...needs,
    world,
    inbox,
    connection,
    outbox,
    catchUp: createCatchUp({ world, inbox, call, clock, log }),
    acknowledger: createAcknowledger({ storage, connection, call, clock, log }),
    marks: createMarks(me),
    state: 'offline',
  }
  return engine
}

export function stopEngine({ connection, outbox, catchUp, inbox, acknowledger }: Engine): void {
  connection.close()
  outbox.stop()
  catchUp.stop()
  inbox.stop()
  acknowledger.stop()
}

function followUp({ acknowledger, catchUp, outbox }: Engine, batch: Batch): void {
  acknowledger.note(batch.received)
  for (const chatId of batch.broken) catchUp.repair(chatId)
  if (batch.needsRound) void catchUp.keepTrying()
  if (batch.hasNewEpoch) void outbox.resendStored()
  catchUp.watchGaps()
}

function onConnection(
  engine: Engine,
  { state, reason }: { state: ConnectionState; reason: SupError | undefined },
): void {
  if (state === 'waiting') setState(engine, 'reconnecting')
  else if (state === 'online') void goOnline(engine)
  else setState(engine, state, reason)
}

async function goOnline(engine: Engine): Promise<void> {
  setState(engine, 'syncing')
  engine.outbox.wake()
  await engine.catchUp.keepTrying()
  if (engine.connection.isOnline()) setState(engine, 'online')
}

function setState(engine: Engine, state: ClientState, reason?: SupError): void {
  if (engine.state === state) return
  engine.state = state
  engine.emitter.emit('state', { state, ...(reason && { reason }) })
}

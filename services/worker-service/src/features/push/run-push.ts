import type { RunningJob } from '@sup/service-kit/jobs'
import {
  type ClearDuty,
  type MessageDuty,
  QUEUES,
  type TestDuty,
  readPushDevices,
  readPushTargets,
} from '@sup/types'
import { once } from '../../once.js'
import { type DeliverNeeds, type PushDuty, deliver } from './deliver.js'
import { traceStore } from './trace-store.js'

const DEVICES_PER_PAGE = 200
/** Less than the time limit of the job: the next attempt goes on where this one stopped. */
const LONGEST_MS = 100_000
const ROWS_PER_STEP = 5000

type Job = Pick<RunningJob, 'id' | 'name'>

/**
 * Pushes the newest of new messages to every device that does not have it and whose owner wants to be told. Safe to
 * repeat: each device is pushed to once per duty.
 *
 * @throws Error when pushes remain, because a provider is busy or down: the job is tried again, and after its
 *   last attempt the relay repeats the duty, for a day.
 */
export const runPushMessage = (needs: DeliverNeeds, duty: MessageDuty, job: Job): Promise<void> =>
  once(needs, QUEUES.NOTIFICATIONS, job, () => pushToMembers(needs, duty, job))

async function pushToMembers(
  needs: DeliverNeeds,
  { chatId, fromSeq, toSeq, occurredAt }: MessageDuty,
  { id }: Job,
): Promise<void> {
  const deadline = needs.clock.now().getTime() + LONGEST_MS
  let open = 0
  for (let after: string | undefined; ;) {
    const body = { chatId, fromSeq, toSeq, limit: DEVICES_PER_PAGE, ...(after ? { after } : {}) }
    const page = await needs.mainApi.callInternal(readPushTargets, { body, isIdempotent: true })
    open += await deliver(needs, { id, occurredAt }, page.targets)
    after = page.nextAfter
    if (after === undefined) break
    if (needs.clock.now().getTime() > deadline) throw new Error('more devices than time')
  }
  refuseOpen(open)
}

/**
 * Withdraws what other devices show of a chat that was read. A device that shows nothing of it, or something
 * newer, is left alone.
 *
 * @throws Error when pushes remain: the job is tried again.
 */
export const runPushClear = (needs: DeliverNeeds, duty: ClearDuty, job: Job): Promise<void> =>
  once(needs, QUEUES.NOTIFICATIONS, job, async () => {
    const { userId, chatId } = duty
    const { targets, readSeq = duty.readSeq } = await readDevices(needs, { userId, chatId })
    const shown = await traceStore(needs.db).shown({ userId, chatId, readSeq })
    const concerned = targets.filter(
      ({ deviceId }) => deviceId !== duty.deviceId && shown.has(deviceId),
    )
    refuseOpen(await deliver(needs, dutyOf(duty, job), concerned))
  })

/** Pushes to every device of an account, whatever it has muted. @throws Error when pushes remain. */
export const runPushTest = (needs: DeliverNeeds, duty: TestDuty, job: Job): Promise<void> =>
  once(needs, QUEUES.NOTIFICATIONS, job, async () => {
    const { targets } = await readDevices(needs, { userId: duty.userId })
    refuseOpen(await deliver(needs, dutyOf(duty, job), targets))
  })

/** Forgets the trace after 7 days. */
export async function prunePushTrace({ db }: Pick<DeliverNeeds, 'db'>): Promise<void> {
  const trace = traceStore(db)
  while ((await trace.forgetOld(ROWS_PER_STEP)) === ROWS_PER_STEP);
}

const readDevices = (
  { mainApi }: DeliverNeeds,
  body: { userId: string; chatId?: string },
): Promise<Awaited<ReturnType<typeof mainApi.callInternal<typeof readPushDevices>>>> =>
  mainApi.callInternal(readPushDevices, { body, isIdempotent: true })

const dutyOf = ({ occurredAt }: { occurredAt: string }, { id }: Job): PushDuty => ({
  id,
  occurredAt,
})

function refuseOpen(open: number): void {
  if (open > 0) throw new Error(`${open} pushes are tried again`)
}

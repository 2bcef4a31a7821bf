import { QUEUES, pushClear, pushMessage, pushTest } from '@sup/types'
import type { Needs } from '../../deps.js'
import { type Intake, takeIn } from '../../job-intake.js'

/** The queue `notifications` and the kinds of push that somebody executes. */
export const pushIntake = ({ notificationJobs }: Needs<'notificationJobs'>): Intake => ({
  queue: QUEUES.NOTIFICATIONS,
  bindingKey: 'notification.#',
  jobs: notificationJobs,
  kinds: [pushMessage, pushClear, pushTest],
})

export const consumePushes = (needs: Needs<'duties' | 'notificationJobs'>): Promise<void> =>
  takeIn(needs.duties, pushIntake(needs))

import { QUEUES, mailJobs } from '@sup/types'
import type { Needs } from '../../deps.js'
import { type Intake, takeIn } from '../../job-intake.js'

/** The queue `emails` and the kinds of mail that somebody sends. */
export const emailIntake = ({ emailJobs }: Needs<'emailJobs'>): Intake => ({
  queue: QUEUES.EMAILS,
  bindingKey: 'email.#',
  jobs: emailJobs,
  kinds: mailJobs,
})

export const consumeEmails = (needs: Needs<'duties' | 'emailJobs'>): Promise<void> =>
  takeIn(needs.duties, emailIntake(needs))

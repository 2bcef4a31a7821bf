import { onJob } from '@sup/service-kit/jobs'
import {
  sendAccountDeletion,
  sendDigest,
  sendExportReady,
  sendNewMessage,
  sendPasswordReset,
  sendSecurityNotice,
  sendVerifyEmail,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { sendMail } from './send-mail.js'

/** As many as there are connections to the mail server. */
const CONCURRENCY = 2

const KINDS = [
  sendVerifyEmail,
  sendPasswordReset,
  sendSecurityNotice,
  sendNewMessage,
  sendDigest,
  sendAccountDeletion,
  sendExportReady,
] as const

/** Executes the jobs of the queue `emails`: each is one mail. */
export function executeEmails(
  needs: Needs<'emailJobs' | 'config' | 'db' | 'smtp' | 'clock' | 'log' | 'metrics'>,
): void {
  needs.emailJobs.process(
    KINDS.map((kind) => onJob(kind, (duty, job) => sendMail(needs, duty, job))),
    { concurrency: CONCURRENCY },
  )
}

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const Mail = z.object({
  at: z.string(),
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  headers: z.record(z.string(), z.string()),
  text: z.string(),
  html: z.string(),
})
/** A mail that the local stack would have sent. */
export type SinkMail = z.output<typeof Mail>

/** The mails in a folder of the local stack's sink, newest first; none when there is no such folder. */
export function readMails(folder: string): SinkMail[] {
  return listFiles(folder).flatMap((file) => {
    const mail = Mail.safeParse(readJson(join(folder, file)))
    return mail.success ? [mail.data] : []
  })
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .reverse()
  } catch {
    return []
  }
}

/** A file that was removed meanwhile, because newer mails came, is left out. */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

import { type ReceivedMail, startMailServer } from '@sup/testkit/mail'
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onSignal } from './until-signal.js'

// `mail-sink.ts FOLDER PORT`: takes every mail of the local stack and keeps the newest ones as files for `sup dev mail`.

const MOST_MAILS = 200

const [folder = '', port = ''] = process.argv.slice(2)
mkdirSync(folder, { recursive: true, mode: 0o700 })
await startMailServer({ port: Number(port), onMail: keep })
onSignal(
  () => process.exit(0),
  () => process.exit(1),
)

/** The time in the name sorts the files; a reader never sees half of one. */
function keep({ from, to, headers, subject, text, html }: ReceivedMail): void {
  const at = new Date().toISOString()
  const name = `${at.replaceAll(':', '-')}-${randomUUID().slice(0, 8)}.json`
  const content = JSON.stringify({ at, from, to, subject, headers, text, html }, null, 2)
  const draft = join(folder, `${name}.part`)
  writeFileSync(draft, content, { mode: 0o600 })
  renameSync(draft, join(folder, name))
  const kept = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
  for (const old of kept.slice(0, -MOST_MAILS)) rmSync(join(folder, old), { force: true })
}

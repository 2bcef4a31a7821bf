import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Stage, openStage } from './bench.js'
import type { Say } from './figures.js'
import { countStored } from './population-store.js'

/** The newest one that runs on Node 20: later releases ask for 22. */
const VERSION = '2.0.21'
const SCENARIO = fileURLToPath(new URL('artillery.yml', import.meta.url))

type Report = { aggregate: { counters: Record<string, number> } }

/**
 * Runs the Artillery scenario against a system of its own, through a pinned `npx`, which fetches Artillery
 * (some 500 packages) on the first run.
 *
 * @returns the exit code: 1 when a person of the scenario failed, or an answer was none of 2xx
 */
export async function runArtillery(say: Say): Promise<number> {
  const stage = await openStage('W1', { direct: false, say })
  const folder = mkdtempSync(join(tmpdir(), 'sup-artillery-'))
  try {
    const people = join(folder, 'people.csv')
    const output = join(folder, 'report.json')
    writeFileSync(people, peopleOf(stage), { mode: 0o600 })
    const target = stage.stack.publicUrl
    const code = await start([
      '--payload',
      people,
      '--target',
      target,
      '--output',
      output,
      SCENARIO,
    ])
    if (code !== 0) throw new Error(`artillery ended with ${code}`)
    const problems = problemsOf(JSON.parse(readFileSync(output, 'utf8')) as Report)
    const { messages, brokenLogs } = await countStored(stage.stack.databaseUrl)
    say(`${messages} messages stored, ${brokenLogs} chats with gaps in their log`)
    for (const problem of problems) say(`FAILED: ${problem}`)
    return problems.length === 0 && brokenLogs === 0 && messages > 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await stage.stack.stop()
  }
}

function peopleOf({ crowd }: Stage): string {
  const rows = crowd.users.map(({ token, chat }) => `${token},${crowd.chats[chat]?.id ?? ''}`)
  return ['token,chatId', ...rows, ''].join('\n')
}

function start(args: readonly string[]): Promise<number> {
  const child = spawn('npx', ['-y', `artillery@${VERSION}`, 'run', ...args], {
    // The figures belong to standard error, like all progress.
    stdio: ['ignore', 2, 2],
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      ARTILLERY_DISABLE_TELEMETRY: 'true',
      PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1',
    },
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      resolve(code ?? 1)
    })
  })
}

function problemsOf({ aggregate: { counters } }: Report): string[] {
  return Object.entries(counters).flatMap(([name, count]) => {
    const isBad =
      name === 'vusers.failed' || name.startsWith('errors.') || /^http\.codes\.[345]/.test(name)
    return isBad && count > 0 ? [`${name} ${count}`] : []
  })
}

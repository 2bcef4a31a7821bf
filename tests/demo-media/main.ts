import { startStack, type Stack } from '../../scripts/stack/stack.js'
import { ask } from '../support/database.js'
import { type Someone, join } from '../support/people.js'
import { until } from '../support/wait.js'
import { checkStorage } from './check-storage.js'
import { type FileNews, sendSecret, sendSamples } from './send-files.js'
import { makeLongFilm, makeSamples } from './samples.js'

// npm run demo:media: files of every kind go from one person to another over a whole system of its own, a worker
// is killed while it converts a film, and after everything is deleted the bucket holds nothing.

const READY_MS = 120_000

const write = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

async function main(): Promise<number> {
  const stack = await startStack({
    kind: 'demo',
    env: {
      BCRYPT_ROUNDS: '4',
      RATE_LIMIT_AUTH_PER_MINUTE: '10000',
      RATE_LIMIT_API_PER_MINUTE: '10000',
    },
  })
  const stop = stopOnSignal(stack)
  try {
    const failures = await show(stack)
    for (const failure of failures) write(`  FAILED: ${failure}`)
    return failures.length === 0 ? 0 : 1
  } finally {
    await stop()
  }
}

async function show(stack: Stack): Promise<string[]> {
  const [alice, bob] = await Promise.all([
    join('alice', [stack.publicUrl]),
    join('bob', [stack.publicUrl]),
  ])
  try {
    const managed = await alice.client.chats.openDirect(bob.userId, 'managed')
    const secret = await alice.client.chats.openDirect(bob.userId, 'e2ee')
    const news = listen(alice)
    const samples = await makeSamples()
    write('\n  files in a managed chat')
    const sent = await sendSamples({ alice, bob, chatId: managed.id, news, say: write }, samples)
    write('\n  an encrypted file in an e2ee chat')
    const hidden = await sendSecret({ alice, bob, chatId: secret.id, news, say: write })
    write('\n  kill -9 of the worker in the middle of a film')
    const film = await surviveDeath(stack, alice, news)
    const failures = [...sent.failures, ...hidden.failures, ...film.failures]
    for (const id of [...sent.messageIds, ...hidden.messageIds])
      await alice.client.messages.remove(id)
    await alice.client.media.remove(film.fileId)
    return [...failures, ...(await checkStorage(stack, write))]
  } finally {
    alice.close()
    bob.close()
  }
}

/** What the server told the sender's socket about files. */
function listen({ client }: Someone): FileNews {
  const states = new Map<string, string[]>()
  client.on('account', (change) => {
    if (change.type !== 'media') return
    states.set(change.fileId, [...(states.get(change.fileId) ?? []), change.state])
  })
  return { statesOf: (fileId) => states.get(fileId) ?? [] }
}

const JOBS = `
  SELECT count(*)::int AS count FROM processed_jobs WHERE queue = 'media-processing' AND name = 'process-video'`

async function surviveDeath(
  stack: Stack,
  { client }: Someone,
  news: FileNews,
): Promise<{ fileId: string; failures: string[] }> {
  const worker = stack.services.find(({ name }) => name === 'worker-service')
  if (worker === undefined) throw new Error('there is no worker')
  const jobs = async (): Promise<number> =>
    (await ask<{ count: number }>(stack.databaseUrl, JOBS))[0]?.count ?? 0
  const before = await jobs()
  const source = new Blob([new Uint8Array(await makeLongFilm())])
  const options = { type: 'video', mimeType: 'video/webm', fileName: 'long.webm' } as const
  const { id: fileId } = await client.media.upload(source, options).done
  await until('it is being converted', () => news.statesOf(fileId).includes('processing'), READY_MS)
  await worker.kill('SIGKILL')
  write('    the worker is dead')
  await worker.restart()
  write('    the worker is back')
  const file = await until(
    'the film is ready',
    async () => {
      const found = await client.media.get(fileId)
      return ['ready', 'rejected'].includes(found.state) && found
    },
    READY_MS,
  )
  await until('the job is confirmed', async () => (await jobs()) > before)
  const done = (await jobs()) - before
  write(
    `    state ${file.state}, ${file.mimeType}, ${String(file.durationMs)} ms, jobs confirmed: ${done}`,
  )
  const failures = [
    ...(file.state === 'ready' ? [] : [`the film is ${file.state}: ${String(file.rejectReason)}`]),
    ...(done === 1 ? [] : [`its job was confirmed ${done} times`]),
  ]
  return { fileId, failures }
}

function stopOnSignal(stack: Stack): () => Promise<void> {
  const end = (): void => {
    void stack.stop().finally(() => process.exit(130))
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  return async () => {
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
    await stack.stop()
  }
}

process.exitCode = await main()

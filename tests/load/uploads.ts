import { randomBytes } from 'node:crypto'
import { openStage } from './bench.js'
import { readCpu, residentKib, spentBetween, totalOf } from './cpu.js'
import type { Say } from './figures.js'
import { createHistogram } from './histogram.js'

const UPLOADS = 200
const AT_ONCE = 16
const MIB = 1024 * 1024
const LARGE_BYTES = 200 * MIB
/** What the issue allows media-service to grow by, and to hold at most. */
const MOST_GROWTH_MIB = 50
const MOST_MIB = 256
const LOOK_MS = 100

type Upload = (body: RequestInit['body'], headers?: Record<string, string>) => Promise<void>

/**
 * 200 files of 1 MB, 16 at a time, and one of 200 MB, all through nginx and media-service; prints what they cost.
 *
 * @returns the exit code: 1 when an upload failed or media-service took too much memory.
 */
export async function runUploads(say: Say): Promise<number> {
  const { stack, crowd } = await openStage('W1', {
    direct: false,
    say,
    env: { MEDIA_MAX_BYTES: String(LARGE_BYTES + MIB) },
  })
  try {
    const media = stack.services.find(({ name }) => name === 'media-service')
    if (media === undefined) throw new Error('there is no media-service')
    const memory = watchMemory(media.pid)
    const upload = uploadTo(stack.publicUrl, crowd.users[0]?.token ?? '')
    // Loaded code and warm pools are no growth.
    for (let i = 0; i < AT_ONCE; i++) await upload(formOf(randomBytes(MIB)))
    const before = memory.now()
    const names = new Map(stack.services.map(({ pid, name }) => [pid, name]))
    const cpuBefore = readCpu(names, [])
    const durations = await inParallel(upload)
    const cpu = spentBetween(cpuBefore, readCpu(names, []))
    const growth = memory.now() - before
    say(`${UPLOADS} uploads of 1 MB, ${AT_ONCE} at a time`)
    say(
      `  p50 ${durations.quantile(0.5).toFixed(0)} ms, p95 ${durations.quantile(0.95).toFixed(0)} ms`,
    )
    say(`  CPU of all servers ${totalOf(cpu).toFixed(2)} s: ${describe(cpu)}`)
    say(
      `  memory of media-service ${before.toFixed(0)} MiB, after it ${growth.toFixed(0)} MiB more`,
    )
    memory.reset()
    const started = performance.now()
    await upload(streamOf(LARGE_BYTES), { 'content-type': FORM })
    const peak = memory.stop()
    say(`one upload of 200 MiB in ${((performance.now() - started) / 1000).toFixed(1)} s`)
    say(`  memory of media-service at most ${peak.toFixed(0)} MiB`)
    const isGood = growth < MOST_GROWTH_MIB && peak < MOST_MIB
    say(
      isGood ? 'good' : `FAILED: more than ${MOST_GROWTH_MIB} MiB growth or ${MOST_MIB} MiB in all`,
    )
    return isGood ? 0 : 1
  } finally {
    await stack.stop()
  }
}

const BOUNDARY = 'sup-load-boundary'
const FORM = `multipart/form-data; boundary=${BOUNDARY}`
const HEAD = [
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="type"\r\n\r\nfile\r\n`,
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n`,
  'Content-Type: application/octet-stream\r\n\r\n',
].join('')

function formOf(bytes: Buffer): FormData {
  const form = new FormData()
  form.set('type', 'file')
  form.set('file', new Blob([new Uint8Array(bytes)]), 'small.bin')
  return form
}

/** A form that is made while it is sent. */
function streamOf(size: number): ReadableStream<Uint8Array> {
  let left = size
  const chunk = randomBytes(64 * 1024)
  return new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from(HEAD))
    },
    pull(controller) {
      const part = chunk.subarray(0, Math.min(left, chunk.length))
      left -= part.length
      controller.enqueue(part)
      if (left > 0) return
      controller.enqueue(Buffer.from(`\r\n--${BOUNDARY}--\r\n`))
      controller.close()
    },
  })
}

const uploadTo =
  (url: string, token: string): Upload =>
  async (body, headers = {}) => {
    const init = { method: 'POST', body, headers: { ...headers, authorization: `Bearer ${token}` } }
    const answer = await fetch(`${url}/api/v1/media/upload`, {
      ...init,
      duplex: 'half',
    } as RequestInit)
    if (answer.status !== 201) throw new Error(`upload: ${answer.status} ${await answer.text()}`)
    await answer.arrayBuffer()
  }

async function inParallel(upload: Upload): Promise<ReturnType<typeof createHistogram>> {
  const durations = createHistogram()
  let left = UPLOADS
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const form = formOf(randomBytes(MIB))
      const started = performance.now()
      await upload(form)
      durations.add(performance.now() - started)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return durations
}

/** Resident memory of a process in MiB. */
function watchMemory(pid: number): { now: () => number; reset: () => void; stop: () => number } {
  const now = (): number => residentKib(pid) / 1024
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, now())
  }, LOOK_MS)
  return {
    now,
    reset: () => {
      peak = now()
    },
    stop: () => {
      clearInterval(timer)
      return Math.max(peak, now())
    },
  }
}

const describe = (cpu: ReadonlyMap<string, number>): string =>
  [...cpu]
    .filter(([, seconds]) => seconds >= 0.05)
    .sort(([, a], [, b]) => b - a)
    .map(([name, seconds]) => `${name} ${seconds.toFixed(2)}`)
    .join(', ')

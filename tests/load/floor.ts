import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { readCpu, spentBetween } from './cpu.js'
import { perThousand } from './figures.js'
import { startGenerator } from './generator-process.js'
import type { Crowd } from './generator/protocol.js'

const CONNECTIONS_PER_SECOND = 500
const CLOSED_LOOP = { rate: 'closed', warmUpMs: 2000, measureMs: 5000 } as const

/** What Socket.IO alone does with the same crowd on this machine at this moment, closed loop. */
export type Floor = { msgsPerSecond: number; cpuSecondsPer1kDeliveries: number }

/**
 * Measures the floor: a figure of SUP says something about SUP only beside it, since machines differ by
 * several times and a busy one by more.
 */
export async function measureFloor(crowd: Crowd): Promise<Floor> {
  const server = fork(fileURLToPath(new URL('floor/main.ts', import.meta.url)))
  const generator = startGenerator()
  try {
    server.send(crowd)
    const [port] = (await once(server, 'message')) as [number]
    await generator.meet({ ...crowd, url: `http://127.0.0.1:${port}` })
    await generator.connect(CONNECTIONS_PER_SECOND)
    const names = new Map([[server.pid ?? -1, 'floor']])
    const readings: number[] = []
    const before = readCpu(names, [])
    const report = await generator.traffic(CLOSED_LOOP, () => {
      readings.push(spentBetween(before, readCpu(names, [])).get('floor') ?? 0)
    })
    const [begun = 0, over = 0] = readings
    return {
      msgsPerSecond: report.msgsPerSecond,
      cpuSecondsPer1kDeliveries: perThousand(new Map([['floor', over - begun]]), report.deliveries),
    }
  } finally {
    await generator.stop()
    server.disconnect()
    await once(server, 'exit')
  }
}

import { once } from 'node:events'
import { type AddressInfo, type Server, createServer } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { describePortHolder, isBlockFree, isPortFree, pickBlock, pickPort } from './ports.js'
import { findPortHolder } from './process-table.js'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listen(port = 0): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

describe('ports', () => {
  it('finds a block below the ephemeral range that is free', async () => {
    const first = await pickBlock(5)
    expect(first).toBeGreaterThanOrEqual(20_000)
    expect(first + 5).toBeLessThan(32_768)
    expect(await isBlockFree(first, 5)).toBe(true)
  })

  it('sees that a port inside a block is taken', async () => {
    const first = await pickBlock(3)
    await listen(first + 2)
    expect(await isPortFree(first + 2)).toBe(false)
    expect(await isBlockFree(first, 3)).toBe(false)
    expect(await isBlockFree(first, 2)).toBe(true)
  })

  it('takes the preferred port, or another when it is taken', async () => {
    const preferred = await pickBlock(1)
    expect(await pickPort(preferred)).toBe(preferred)
    await listen(preferred)
    expect(await pickPort(preferred)).not.toBe(preferred)
  })

  it('names who listens on a port', async () => {
    const port = await listen()
    expect(findPortHolder(port)).toBe(process.pid)
    expect(describePortHolder(port)).toContain(`process ${process.pid} (`)
  })
})

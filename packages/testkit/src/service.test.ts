import { describe, expect, it } from '@jest/globals'
import { createInbox } from './inbox.js'
import { freePort, startService } from './index.js'

describe('startService', () => {
  it('fails with the end of the log when the service cannot start', async () => {
    const failed = startService('main-api', { NODE_ENV: 'production' })
    await expect(failed).rejects.toThrow(/main-api ended at start with code 1/)
    await expect(failed).rejects.toThrow(/JWT_SECRET/)
  }, 60_000)
})

describe('freePort', () => {
  it('stays below the ports of outgoing connections', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()))
    for (const port of ports) expect(port).toBeLessThan(32_768)
  })
})

describe('an inbox', () => {
  const typing = (isTyping: boolean) => ({
    userId: '019aa03c-5d1e-7c42-9a3f-6b0f5c2e71d4',
    chatId: '019aa03c-5d1e-7c42-9a3f-6b0f5c2e71d5',
    isTyping,
  })

  it('hands out each event once, in order, also those that come later', async () => {
    const inbox = createInbox()
    inbox.receive('typing', typing(true))
    inbox.receive('typing', typing(false))
    expect(await inbox.next('typing')).toEqual(typing(true))
    expect(await inbox.next('typing')).toEqual(typing(false))
    const later = inbox.next('typing', ({ isTyping }) => isTyping)
    inbox.receive('typing', typing(false))
    inbox.receive('typing', typing(true))
    expect(await later).toEqual(typing(true))
    expect(inbox.events).toHaveLength(4)
  })

  it('refuses events that break the contract', async () => {
    const inbox = createInbox()
    inbox.receive('typing', { isTyping: 'yes' })
    await expect(inbox.next('typing')).rejects.toThrow(/typing breaks the contract/)
  })

  it('says what came when nothing fits', async () => {
    const inbox = createInbox()
    inbox.receive('typing', typing(true))
    await expect(inbox.next('presence', () => true, 10)).rejects.toThrow(
      /No fitting presence within 10 ms; 1 events have come.*\n {2}typing/,
    )
  })
})

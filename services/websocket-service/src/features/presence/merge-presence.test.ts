import { describe, expect, it } from '@jest/globals'
import { mergePresence } from './merge-presence.js'

const NOW = 1_000_000
const field = (status: string, age = 0, since = 0): string =>
  JSON.stringify({ status, at: NOW - age, since })

describe('mergePresence', () => {
  it('is offline without connections', () => {
    expect(mergePresence({}, NOW)).toEqual({
      status: 'offline',
      stale: [],
      live: [],
      leftAt: 0,
    })
  })

  it('shows the best of all connections', () => {
    expect(mergePresence({ a: field('offline'), b: field('away') }, NOW).status).toBe('away')
    expect(mergePresence({ a: field('online'), b: field('away') }, NOW).status).toBe('online')
    expect(mergePresence({ a: field('offline') }, NOW)).toMatchObject({
      status: 'offline',
      live: ['a'],
    })
  })

  it('ignores what nobody has vouched for within a minute, and says what to remove', () => {
    const hash = { dead: field('online', 60_001), alive: field('away', 60_000) }
    expect(mergePresence(hash, NOW)).toMatchObject({
      status: 'away',
      stale: ['dead'],
      live: ['alive'],
    })
  })

  it('removes what is no presence at all', () => {
    const hash = { a: 'online', b: '{}', c: 'null', d: '{"status":"asleep","at":1}', e: '[]' }
    expect(mergePresence(hash, NOW).stale).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('knows when a connection left last, which is no connection', () => {
    expect(mergePresence({ left: field('offline', 10), a: field('away') }, NOW)).toEqual({
      status: 'away',
      stale: [],
      live: ['a'],
      leftAt: NOW - 10,
    })
  })

  it('lists connections oldest first', () => {
    const hash = {
      young: field('online', 0, 30),
      old: field('online', 0, 10),
      mid: field('online', 0, 20),
    }
    expect(mergePresence(hash, NOW).live).toEqual(['old', 'mid', 'young'])
  })

  it('takes a field that does not say since when for as old as it was vouched for', () => {
    const hash = {
      plain: JSON.stringify({ status: 'online', at: NOW }),
      old: field('online', 0, 5),
    }
    expect(mergePresence(hash, NOW).live).toEqual(['old', 'plain'])
  })
})

import { isIPv6 } from 'node:net'

/**
 * The key under which a client address is counted: an IPv4 address whole, an IPv6 address by its /64,
 * because one household or server commands a whole /64.
 */
export function addressKey(ip: string): string {
  const address = plainAddress(ip)
  if (!isIPv6(address)) return address
  const groups = expand(address)
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** An address without a zone, and an IPv4 address in its own form when it came mapped into IPv6. */
export function plainAddress(ip: string): string {
  const [address = ''] = ip.split('%')
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)
  return mapped?.[1] ?? address.toLowerCase()
}

function expand(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right]
  return groups.map((group) => group.replace(/^0+(?=[^])/, ''))
}

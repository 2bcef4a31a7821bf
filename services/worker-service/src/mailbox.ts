/** Who a mail is from. */
export type Mailbox = { name: string; address: string }

const MAILBOX =
  /^(?:"?([^"<>\r\n]{0,128})"?\s*<([^<>@\s]{1,64}@[^<>@\s]{1,255})>|([^<>@\s]{1,64}@[^<>@\s]{1,255}))$/

/** Reads `Name <address>` or an address alone; undefined when it is neither. */
export function readMailbox(text: string): Mailbox | undefined {
  const match = MAILBOX.exec(text.trim())
  const address = match?.[2] ?? match?.[3]
  return address === undefined ? undefined : { name: (match?.[1] ?? '').trim(), address }
}

/** What stands behind the `@`. */
export const domainOf = ({ address }: Mailbox): string => address.slice(address.indexOf('@') + 1)

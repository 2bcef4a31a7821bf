/** The little of the driver that the migration tool uses; `pg` brings no types of its own. */
declare module 'pg' {
  export class Client {
    constructor(options: { connectionString: string; application_name?: string })
    connect(): Promise<void>
    query(text: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>
    end(): Promise<void>
    on(event: 'error', listener: (error: Error) => void): void
  }
}

// A program of the merchant that hears webhooks, on this machine.

import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What was sent. */
export interface Delivery {
  headers: IncomingHttpHeaders;
  body: string;
  /** The kind of the event. */
  type: string;
}

/** A receiver that keeps what it gets and answers as it is told. */
export class Receiver {
  readonly got: Delivery[] = [];
  /** What it answers. */
  status = 204;

  private constructor(private readonly server: Server) {}

  static async open(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, answer) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { type } = JSON.parse(body) as { type: string };
        receiver.got.push({ headers: request.headers, body, type });
        answer.writeHead(receiver.status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** The address to enter. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hooks`;
  }

  /** What was sent of one kind. */
  of(type: string): Delivery[] {
    return this.got.filter((delivery) => delivery.type === type);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Whether one of the signatures is by this secret, as Standard Webhooks say. */
export function isSigned({ headers, body }: Delivery, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  return String(headers['webhook-signature']).split(' ').includes(expected);
}

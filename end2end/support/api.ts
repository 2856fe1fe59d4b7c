// The till's side: the public API, as a POS would call it.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { stage } from './stage.ts';

/** The part of a purchase's answer that tests look at. */
export interface Purchase {
  id: string;
  customer_id: string;
  transaction_id: string;
  status: 'credited' | 'unclaimed';
  points_earned: number;
  points_claimable?: number;
  claim_code?: string;
  balance: { points: number; pending: number } | null;
}

/** How long a till comes back to a server that is behind. */
const PATIENCE_MS = 60_000;

/** A client of the API. */
export class Api {
  constructor(
    private readonly base: string,
    private readonly key: string,
  ) {}

  /** The API of the tests' own merchant. */
  static own(): Api {
    const { base, merchant } = stage();
    return new Api(base, merchant.key);
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return this.call<T>('POST', path, body);
  }

  async get<T>(path: string): Promise<T> {
    return this.call<T>('GET', path);
  }

  async patch<T>(path: string, body: unknown): Promise<T> {
    return this.call<T>('PATCH', path, body);
  }

  async delete<T>(path: string): Promise<T> {
    return this.call<T>('DELETE', path);
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const send = () =>
      fetch(`${this.base}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    const began = Date.now();
    let answer = await send();
    // A purchase has a name: sent again it is stored once.
    while (answer.status === 503 && path === '/purchases' && Date.now() - began < PATIENCE_MS) {
      await pause(250);
      answer = await send();
    }
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** Posts a purchase of one amount, in cents; without a customer it can be claimed. */
  purchase(cents: number, customer?: string, more: object = {}): Promise<Purchase> {
    return this.post<Purchase>('/purchases', {
      transaction_id: `t-${randomUUID()}`,
      retailer: stage().merchant.retailer,
      customer: customer === undefined ? undefined : { email: customer },
      amount: cents,
      currency: 'USD',
      ...more,
    });
  }

  /** A customer with a name, and the code by which friends come. */
  async advocate(name: string, email: string): Promise<{ id: string; code: string }> {
    const { id } = await this.post<{ id: string }>('/customers', { email, name });
    const { code } = await this.post<{ code: string }>('/referral-codes', { customer: { id } });
    return { id, code };
  }
}

/** An address that no other test uses. */
export function freshEmail(): string {
  return `guest-${randomUUID().slice(0, 8)}@fern.example`;
}

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { CliError } from '../exit.ts';
import { londonMs } from './london-time.ts';

/** One row of the UCI Online Retail data (Chen et al. 2012, CC BY 4.0). */
interface Row {
  readonly InvoiceNo: string;
  readonly StockCode: string;
  readonly Quantity: string;
  readonly InvoiceDate: string;
  readonly UnitPrice: string;
  readonly CustomerID: string;
  readonly Country: string;
}

/** A call for the collector's batch API. */
export interface ImportCall {
  readonly type: 'track';
  readonly event: 'Order Completed' | 'Order Refunded' | 'Stock Adjusted' | 'Account Adjusted';
  readonly messageId: string;
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly timestamp: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

interface Invoice {
  readonly number: string;
  customer: string;
  /** Sum of quantity × price in thousandths: prices have at most three decimals, so this is exact. */
  totalThousandths: number;
  earliest: string;
  country: string;
  readonly products: { readonly sku: string; readonly quantity: number; readonly price: number }[];
}

/** Files of the folder that hold rows, in order of their months. */
async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => {
    throw new CliError(
      `${folder} is not a folder that can be read: name the folder with the online-retail-*.csv(.gz) files.`,
    );
  });
  const files = names.filter((name) => /^online-retail.*\.csv(\.gz)?$/.test(name)).sort();
  if (files.length === 0) throw new CliError(`${folder} holds no online-retail-*.csv or .csv.gz file.`);
  return files.map((name) => path.join(folder, name));
}

/** A month at a time: some megabytes, read far faster than row by row. */
async function rowsOf(file: string): Promise<Row[]> {
  const bytes = await readFile(file);
  return parse(file.endsWith('.gz') ? gunzipSync(bytes) : bytes, { columns: true, bom: true });
}

const thousandths = (price: string): number => Math.round(Number(price) * 1000);

function addRow(invoices: Map<string, Invoice>, row: Row): void {
  let invoice = invoices.get(row.InvoiceNo);
  if (invoice === undefined) {
    invoice = {
      number: row.InvoiceNo,
      customer: '',
      totalThousandths: 0,
      earliest: row.InvoiceDate,
      country: row.Country,
      products: [],
    };
    invoices.set(row.InvoiceNo, invoice);
  }
  const quantity = Number(row.Quantity);
  invoice.customer = row.CustomerID.replace(/\.0$/, '');
  invoice.totalThousandths += quantity * thousandths(row.UnitPrice);
  if (row.InvoiceDate < invoice.earliest) invoice.earliest = row.InvoiceDate;
  invoice.products.push({ sku: row.StockCode, quantity, price: Number(row.UnitPrice) });
}

function eventOf(invoice: Invoice): ImportCall['event'] {
  if (invoice.number.startsWith('C')) return 'Order Refunded';
  if (!/^\d/.test(invoice.number)) return 'Account Adjusted';
  return invoice.totalThousandths > 0 ? 'Order Completed' : 'Stock Adjusted';
}

function callOf(invoice: Invoice): ImportCall {
  const event = eventOf(invoice);
  const sign = event === 'Order Refunded' ? -1 : 1;
  return {
    type: 'track',
    event,
    messageId: `online-retail:${invoice.number}`,
    ...(invoice.customer === '' ? { anonymousId: `till:${invoice.number}` } : { userId: invoice.customer }),
    timestamp: new Date(londonMs(invoice.earliest)).toISOString(),
    properties: {
      order_id: invoice.number,
      total: (sign * invoice.totalThousandths) / 1000,
      currency: 'GBP',
      country: invoice.country,
      products: invoice.products,
    },
  };
}

/** Every invoice as one call, in order of time. Rows of an invoice may lie in two monthly files, so all are read first. */
export async function readOnlineRetail(folder: string, onRows: (rows: number) => void): Promise<ImportCall[]> {
  const invoices = new Map<string, Invoice>();
  let rows = 0;
  for (const file of await filesOf(folder)) {
    const month = await rowsOf(file);
    for (const row of month) addRow(invoices, row);
    rows += month.length;
    onRows(rows);
  }
  return [...invoices.values()]
    .map(callOf)
    .sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0));
}

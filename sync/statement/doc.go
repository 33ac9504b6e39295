// Package statement is the room of the channels' statements: files that are fetched on the morning after, kept sealed, and parsed into
// the rows that the ledger compares. What a row means for money is the ledger's matter.
//
// The parsers (Read) know Alipay's bill of trades (业务明细) as the ZIP that the channel gives and as the CSV out of it, and WeChat Pay's
// bills of trades and of the basic account's fund flow, plain and gzipped. A file is a stranger's text: whatever is in it, Read ends with
// rows that add up to what the file says of itself, or with one FaultError that names the line.
//
// # What is read, and how strictly
//
// Columns are found by their names in the header. Fields are told apart on the bytes as they are: no character of GBK or of UTF-8 has a
// comma inside, so a row is never decoded as a whole, and the personal columns (who paid, what was bought, remarks) are not decoded at
// all. They are in no row that is given on and in no error.
//
// The sums that a file states of itself have to agree with its rows. Where the documents leave open what a sum counts (whether Alipay's
// summary takes refunds off, whether WeChat Pay's sum of orders includes reversed ones), each documented reading is accepted, and nothing
// between them.
package statement

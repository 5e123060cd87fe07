package lists

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// byteOrderMark is how some programs, Excel among them, mark UTF-8.
const byteOrderMark = "\ufeff"

// CSVOption sets how a CSV file is written.
type CSVOption func(*CSVWriter)

// WithBOM begins the file with a byte order mark. Excel needs it to take the file for
// UTF-8 when somebody opens it by a double click; other programs may take it for a
// part of the first column's name. Default: none.
func WithBOM() CSVOption { return func(w *CSVWriter) { w.mark = byteOrderMark } }

// A CSVWriter writes CSV files of which no cell is a formula, whichever separator a
// spreadsheet cuts them by: in half of Europe it is the semicolon.
//
// Every cell is in quotes. An apostrophe stands before what a spreadsheet could take
// for a formula: = + - or @, behind what is invisible if anything is, at the beginning of
// a cell, and after a semicolon, tab, bar or line break in it; also before a control
// character at the beginning. Bytes that are not UTF-8 become U+FFFD, and line breaks
// line feeds. All else is read back as it was written.
type CSVWriter struct {
	out  *bufio.Writer
	mark string // written before the first line
}

// NewCSVWriter returns a writer of a file with commas between the cells.
func NewCSVWriter(w io.Writer, opts ...CSVOption) *CSVWriter {
	out := &CSVWriter{out: bufio.NewWriter(w)}
	for _, opt := range opts {
		if opt != nil {
			opt(out)
		}
	}
	return out
}

// Write writes one line. What it writes may be kept until Flush.
func (w *CSVWriter) Write(cells ...string) error {
	line := w.mark
	w.mark = ""
	for i, cell := range cells {
		if i > 0 {
			line += ","
		}
		line += `"` + strings.ReplaceAll(safeCell(cell), `"`, `""`) + `"`
	}
	_, err := w.out.WriteString(line + "\n")
	return csvError(err)
}

// Flush writes what was kept. It returns the error of an earlier Write, too.
func (w *CSVWriter) Flush() error { return csvError(w.out.Flush()) }

func csvError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("lists: CSV: %w", err)
}

// safeCell returns the text with apostrophes where a program could begin to read a
// formula. It changes nothing in what it has returned.
func safeCell(s string) string {
	s = lineFeeds(strings.ToValidUTF8(s, "\uFFFD"))
	var b strings.Builder
	if first, _ := utf8.DecodeRuneInString(s); unicode.IsControl(first) || isFormula(s) {
		b.WriteByte('\'')
	}
	for i, r := range s {
		b.WriteRune(r)
		if strings.ContainsRune(";\t|\r\n", r) && isFormula(s[i+1:]) {
			b.WriteByte('\'')
		}
	}
	return b.String()
}

// lineFeeds turns the line breaks of Windows into line feeds: readers of CSV do so, too.
func lineFeeds(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines[:len(lines)-1] {
		lines[i] = strings.TrimRight(line, "\r")
	}
	return strings.Join(lines, "\n")
}

// isFormula reports whether what begins with s could be a formula. Some programs skip
// invisible characters and quotes, and take full-width signs as well.
func isFormula(s string) bool {
	shown, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, unseen))
	return strings.ContainsRune("=+-@＝＋－＠", shown)
}

// unseen reports whether the character is invisible, or a quote.
func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '"'
}

// ErrUTF16 means that a file is "Unicode text" of a spreadsheet, and not UTF-8.
var ErrUTF16 = errors.New("lists: CSV: the file is in UTF-16: save it as CSV in UTF-8")

// maxCSVHead bounds how far the end of the first line is looked for.
const maxCSVHead = 64 << 10

// NewCSVReader returns a reader of a CSV file that people may have saved from a
// spreadsheet: it skips a byte order mark, and the cells may be separated by
// commas, semicolons or tabs. The first line tells by which: the one that it has most
// of, outside of quotes. It undoes no apostrophe of a [CSVWriter]. It returns
// [ErrUTF16] for a file in UTF-16, and the error with which the first line can't be read.
func NewCSVReader(r io.Reader) (*csv.Reader, error) {
	in := bufio.NewReader(r)
	head, separator, err := readHead(in)
	if err != nil {
		return nil, csvError(err)
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return nil, ErrUTF16
	}
	out := csv.NewReader(io.MultiReader(bytes.NewReader(bytes.TrimPrefix(head, []byte(byteOrderMark))), in))
	out.Comma = separator
	return out, nil
}

// readHead reads the first line, which ends outside of quotes, and counts its
// separators.
func readHead(in *bufio.Reader) (head []byte, separator rune, err error) {
	counts := map[byte]int{}
	quoted := false
	for len(head) < maxCSVHead {
		c, err := in.ReadByte()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		head = append(head, c)
		if c == '\n' && !quoted && len(bytes.Trim(head, "\r\n"+byteOrderMark)) > 0 {
			break
		}
		if c == '"' {
			quoted = !quoted
		}
		if !quoted {
			counts[c]++
		}
	}
	separator = ','
	for _, other := range ";\t" {
		if counts[byte(other)] > counts[byte(separator)] {
			separator = other
		}
	}
	return head, separator, nil
}

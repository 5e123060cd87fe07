package lists

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/proctorbook/proctorbook/scheduling"
)

// CSVName returns a file name for a list of an exam: what it is, such as "sessions",
// the course, the block, and the day in UTC, in characters that every file system
// takes. It ends in ".csv".
func CSVName(list string, exam scheduling.ExamKey, at time.Time) string {
	name := strings.Join([]string{list, exam.Course.String(), exam.Usage.BlockID(), at.UTC().Format(time.DateOnly)}, "_")
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.", r)) {
			return r
		}
		return '-'
	}, name) + ".csv"
}

// A column is one column of a CSV file.
type column[T any] struct {
	name string
	cell func(T) string
}

// writeCSV writes a header, and a line for each row as it comes. It keeps none but the
// errors: rows may go on after one, and if they don't, it was the last.
func writeCSV[T any](w io.Writer, columns []column[T], rows iter.Seq2[T, error]) error {
	out := csv.NewWriter(w)
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c.name
	}
	if err := out.Write(cells); err != nil {
		return fmt.Errorf("lists: CSV: %w", err)
	}
	var errs []error
	for row, err := range rows {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for i, c := range columns {
			cells[i] = safeCell(c.cell(row))
		}
		if err := out.Write(cells); err != nil {
			return fmt.Errorf("lists: CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("lists: CSV: %w", err)
	}
	return joined(errs)
}

// safeCell puts an apostrophe in front of a text that a spreadsheet could take for a
// formula. Bytes that are not UTF-8 become U+FFFD.
func safeCell(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	first, _ := utf8.DecodeRuneInString(s)
	// Some programs skip invisible characters, and take full-width signs as well.
	shown, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, unseen))
	if unicode.IsControl(first) || strings.ContainsRune("=+-@＝＋－＠", shown) {
		return "'" + s
	}
	return s
}

// unseen reports whether the character is invisible.
func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// cellTime is an instant in RFC 3339 and UTC; empty for the zero time.
func cellTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func cellBool(b bool) string { return strconv.FormatBool(b) }

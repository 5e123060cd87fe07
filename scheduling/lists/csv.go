package lists

import (
	"errors"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode"

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
func writeCSV[T any](w io.Writer, columns []column[T], rows iter.Seq2[T, error], opts []CSVOption) error {
	out := NewCSVWriter(w, opts...)
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c.name
	}
	if err := out.Write(cells...); err != nil {
		return err
	}
	var errs []error
	for row, err := range rows {
		if err != nil {
			errs = append(errs, err)
			if _, only := errors.AsType[*AccountError](err); !only {
				continue
			} // its row has the user name, by which staff find who it is
		}
		for i, c := range columns {
			cells[i] = c.cell(row)
		}
		if err := out.Write(cells...); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return joined(errs)
}

// cellTime is an instant in RFC 3339 and UTC; empty for the zero time.
func cellTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func cellBool(b bool) string { return strconv.FormatBool(b) }

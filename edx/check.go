package edx

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/proctorbook/proctorbook"
)

// maxListed is how many users one call may name: the platform's own limit where it
// has one, and what fits into a URL everywhere.
const maxListed = 100

// faults are the wrong fields of an input, nil if there are none.
type faults []proctorbook.FieldError

// invalid returns the fault of one field.
func invalid(field, problem string) faults { return faults{{Field: field, Problem: problem}} }

// all joins the faults that single checks found.
func all(checks ...faults) faults { return slices.Concat(checks...) }

// refuse returns the error of a method whose input has faults, nil if it has none.
func (f faults) refuse(method string) error {
	if len(f) == 0 {
		return nil
	}
	return &proctorbook.ValidationError{Op: "edx: " + method, Fields: f}
}

func checkCourse(course CourseKey) faults {
	if course.IsZero() {
		return invalid("course", "must be set: make it with ParseCourseKey")
	}
	return nil
}

func checkUserAndCourse(username string, course CourseKey) faults {
	return all(checkUsername(username), checkCourse(course))
}

// checkMode refuses what can't be the slug of a mode.
func checkMode(mode Mode) faults {
	if !isSlug(string(mode)) || mode == "." || mode == ".." {
		return invalid("mode", "must be a slug, such as verified")
	}
	return nil
}

func checkID(field string, id int64) faults {
	if id < 1 {
		return invalid(field, "must be at least 1")
	}
	return nil
}

func checkRange(field string, value, least, most int) faults {
	if value < least || value > most {
		return invalid(field, fmt.Sprintf("must be from %d to %d", least, most))
	}
	return nil
}

// checkText refuses a text that is empty, too long for its column, or broken.
func checkText(field, text string, maxChars int) faults {
	switch {
	case text == "":
		return invalid(field, "must not be empty")
	case utf8.RuneCountInString(text) > maxChars:
		return invalid(field, fmt.Sprintf("must have at most %d characters", maxChars))
	case !utf8.ValidString(text) || strings.ContainsFunc(text, isBroken):
		return invalid(field, "must be UTF-8 without control characters")
	}
	return nil
}

// checkOptional is checkText for a text that may be empty.
func checkOptional(field, text string, maxChars int) faults {
	if text == "" {
		return nil
	}
	return checkText(field, text, maxChars)
}

func isBroken(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }

// checkEmail refuses what the platform can't have as an address. It does not
// check that the address exists.
func checkEmail(email string) faults {
	if found := checkText("email", email, 254); found != nil {
		return found
	}
	at := strings.IndexByte(email, '@')
	if at < 1 || at == len(email)-1 || strings.ContainsAny(email, ", \t\r\n") {
		return invalid("email", "must be one address, such as ada@example.org")
	}
	return nil
}

// checkEach checks a list of users, which must not be empty.
func checkEach(field string, users []string, check func(string) faults) faults {
	if found := checkRange("number of "+field, len(users), 1, maxListed); found != nil {
		return found
	}
	var found faults
	for _, user := range users {
		found = append(found, check(user)...)
	}
	return found
}

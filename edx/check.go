package edx

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxListed is how many users one call may name: the platform's own limit where it
// has one, and what fits into a URL everywhere.
const maxListed = 100

func checkCourse(course CourseKey) faults {
	if course.IsZero() {
		return invalid("course", "must be set: make it with ParseCourseKey")
	}
	return nil
}

func checkUserAndCourse(username string, course CourseKey) faults {
	return all(checkUsername(username), checkCourse(course))
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

// maxUsernameChars is the width of the platform's database column.
const maxUsernameChars = 150

// checkUsername refuses what can't be a user name, and what would lead to
// another URL. The error does not repeat it: a user name is personal data.
func checkUsername(username string) faults {
	if problem := usernameProblem(username); problem != "" {
		return invalid("username", problem)
	}
	return nil
}

func usernameProblem(username string) string {
	switch {
	case username == "":
		return "must not be empty"
	case utf8.RuneCountInString(username) > maxUsernameChars:
		return "must have at most 150 characters"
	case !utf8.ValidString(username):
		return "must be valid UTF-8"
	case username == "." || username == "..":
		return "must not be a dot or two"
	case strings.ContainsAny(username, ",/\\"):
		return "must not hold a comma or a slash"
	case strings.ContainsFunc(username, unicode.IsControl):
		return "must not hold a control character"
	}
	return ""
}

// checkPathText refuses a text that can't be one part of a path.
func checkPathText(field, text string) faults {
	if found := checkText(field, text, maxKeyChars); found != nil {
		return found
	}
	if text == "." || text == ".." || strings.ContainsAny(text, "/\\") || strings.ContainsFunc(text, unicode.IsControl) {
		return invalid(field, "must not be a dot or two, or hold a slash or a line break")
	}
	return nil
}

// setViewer puts the user whose view is asked for into the query.
func setViewer(query url.Values, username string) faults {
	if username == "" {
		return nil
	}
	query.Set("username", username)
	return checkUsername(username)
}

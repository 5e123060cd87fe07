package edxtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// enrollmentPage is the size of every page of the list, whatever is asked for.
const enrollmentPage = 100

// listEnrollments is the list for global staff: newest first, inactive rows too.
func (o *Server) listEnrollments(c call) reply {
	if !c.user.Staff {
		return c.forbid()
	}
	rows, takes, refused, ok := o.selectEnrollments(c)
	if !ok {
		return refused
	}
	below := len(rows) // rows are oldest first: the page goes down from here
	if text := c.query.Get("cursor"); text != "" {
		place, valid := readCursor(text, 2)
		if !valid {
			return c.refuse(http.StatusNotFound, "Invalid cursor")
		}
		below, _ = slices.BinarySearchFunc(rows, place, compareWithPlace)
	}
	var page []object
	var last *enrollmentRow
	for i := below - 1; i >= 0; i-- {
		if !takes(rows[i]) {
			continue
		}
		if len(page) == enrollmentPage {
			return jsonReply(http.StatusOK, o.cursorPage(c, page, last.place()))
		}
		if _, exists := o.courses[rows[i].Course]; !exists && o.is(VariantDeletedCourse, "crash") {
			return o.crash()
		}
		last = rows[i]
		page = append(page, enrollmentListRow(last))
	}
	return jsonReply(http.StatusOK, o.cursorPage(c, page, nil))
}

func enrollmentListRow(row *enrollmentRow) object {
	return object{
		{"created", wireTime(row.Created)}, {"mode", row.Mode}, {"is_active", row.Active},
		{"user", row.Username}, {"course_id", row.Course},
	}
}

func (r *enrollmentRow) place() []int64 { return []int64{r.Created.UnixMicro(), r.id} }

// compareWithPlace orders a row and a place as compareRows orders two rows.
func compareWithPlace(row *enrollmentRow, place []int64) int {
	return slices.Compare(row.place(), place)
}

// cursorPage is a page of a list with cursors. A nil place ends the list.
func (o *Server) cursorPage(c call, rows []object, place []int64) object {
	var next, previous any
	if place != nil {
		next = o.link(c, "cursor", cursorOf(place...))
	}
	if c.query.Get("cursor") != "" {
		previous = o.link(c, "cursor", "cj0x") // back to the start; nobody follows it
	}
	if rows == nil {
		rows = []object{}
	}
	return object{{"next", next}, {"previous", previous}, {"results", rows}}
}

// selectEnrollments returns rows among which the wanted ones are, and how to tell.
func (o *Server) selectEnrollments(c call) (rows []*enrollmentRow, takes func(*enrollmentRow) bool, refused reply, ok bool) {
	course, parts := c.query.Get("course_id"), splitCommas(strings.ToLower(c.query.Get("course_ids")))
	names, refused, ok := o.namedUsers(c)
	if !ok {
		return nil, nil, refused, false
	}
	if _, _, valid := splitKey(course); course != "" && !valid {
		return nil, nil, fieldError("course_id", "'"+course+"' is not a valid course id."), false
	}
	rows = o.all(course, names)
	return rows, func(row *enrollmentRow) bool {
		inPart := func(part string) bool { return strings.Contains(strings.ToLower(row.Course), part) }
		return (course == "" || row.Course == course) && (parts == nil || slices.ContainsFunc(parts, inPart))
	}, reply{}, true
}

// all returns the rows of one course, of some users, or of everybody.
func (o *Server) all(course string, names []string) []*enrollmentRow {
	switch {
	case names == nil && course == "":
		return o.enrolled.all
	case names == nil:
		return o.enrolled.byCourse[course]
	}
	var rows []*enrollmentRow
	for _, name := range names {
		rows = append(rows, o.enrolled.byUser[name]...)
	}
	slices.SortFunc(rows, compareRows)
	return slices.Compact(rows)
}

// namedUsers reads the lists of user names and addresses; nil is no filter.
func (o *Server) namedUsers(c call) (names []string, refused reply, ok bool) {
	listed := splitCommas(c.query.Get("username"))
	if len(listed) > 100 {
		text := fmt.Sprintf("Too many usernames in a single request - %d. A maximum of 100 is allowed", len(listed))
		return nil, fieldError("username", text), false
	}
	for _, name := range listed {
		if !validUsername.MatchString(name) {
			return nil, fieldError("username", "'"+name+"' is not a valid username."), false
		}
		names = append(names, name)
	}
	for _, email := range splitCommas(c.query.Get("email")) {
		known, _ := o.userWithEmail(email)
		names = append(names, known.Username) // "" for an unknown address: it has no rows
	}
	return names, reply{}, true
}

package edx

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

// CoursesService reads course runs.
type CoursesService struct{ client *Client }

const coursesPath = "/api/courses/v1/courses/"

// GetCourseParams says whose view of a course is asked for.
type GetCourseParams struct {
	// Username is the user whose view it is. Empty is the view of an anonymous
	// visitor, whoever the client is: many courses are not visible then. A name
	// other than the client's own needs a client that is staff.
	Username string
}

// ListCoursesParams says which courses are asked for, and through whose eyes.
type ListCoursesParams struct {
	Username   string      // as in [GetCourseParams]: empty sees the public catalogue alone
	Org        string      // of this organization, whatever the case; "" is all
	SearchTerm string      // where the platform has course search
	ActiveOnly bool        // those that have not ended
	Mobile     *bool       // those that are, or are not, in the mobile app; nil is all
	Keys       []CourseKey // these alone; none is all

	PageSize int    // 1 to 100; 0 is the platform's default, 10
	Cursor   string // Next of the page before; "" is the first page
}

// Get returns one run of a course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with [ErrNotFound]
// if there is no such course or the user of the params may not see it, and with
// [ErrForbidden] if the client may not look with that user's eyes.
//
// Endpoint: GET /api/courses/v1/courses/{course}.
func (s *CoursesService) Get(ctx context.Context, course CourseKey, params GetCourseParams) (*Course, error) {
	query := url.Values{}
	answer, err := fetch[courseWire](ctx, s.client, operation{
		name: "Courses.Get", input: all(checkCourse(course), setViewer(query, params.Username)),
		path: coursesPath + course.path(), query: query,
	})
	if err != nil {
		return nil, err
	}
	found := answer.course()
	return &found, nil
}

// List returns one page of the courses that the user of the params can see. Its
// Total is an estimate, and a page may be shorter than asked for: only Next tells
// whether there are more. A cursor past the end is an empty page.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrForbidden] if the client may not look with that user's eyes.
//
// Endpoint: GET /api/courses/v1/courses/.
func (s *CoursesService) List(ctx context.Context, params ListCoursesParams) (*Page[Course], error) {
	op := operation{name: "Courses.List", path: coursesPath, query: url.Values{}, long: true}
	op.input = all(params.check(), setPage(op.query, "page", params.Cursor, params.PageSize, 100))
	// The platform takes the filters in a form too, and so more keys than fit into a URL.
	if filters := params.filters(); len(params.Keys) > maxKeysInURL {
		op.method, op.form = http.MethodPost, filters
	} else {
		addAll(op.query, filters)
	}
	answer, err := fetch[pageWire[courseWire]](ctx, s.client, op)
	if pastEnd(params.Cursor, err) {
		return &Page[Course]{}, nil
	}
	if err != nil {
		return nil, err
	}
	return pageOf(s.client, op, answer, "page", courseWire.course)
}

// All yields all courses that the user of the params can see, page by page; it
// fails as List does, with the error as the last thing that it yields.
//
// Endpoint: GET /api/courses/v1/courses/.
func (s *CoursesService) All(ctx context.Context, params ListCoursesParams) iter.Seq2[Course, error] {
	return pages("Courses.All", params.Cursor, func(cursor string) (*Page[Course], error) {
		next := params
		next.Cursor = cursor
		return s.List(ctx, next)
	})
}

// maxKeysInURL is how many keys of the longest kind leave room in a URL of 8 KiB.
const maxKeysInURL = 20

func (p ListCoursesParams) check() faults {
	var keys faults
	for _, key := range p.Keys {
		keys = append(keys, checkCourse(key)...)
	}
	return all(
		keys,
		checkOptional("organization", p.Org, maxKeyChars),
		checkOptional("search term", p.SearchTerm, maxKeyChars),
		setViewer(url.Values{}, p.Username),
	)
}

func (p ListCoursesParams) filters() url.Values {
	filters := url.Values{}
	setText(filters, "username", p.Username)
	setText(filters, "org", p.Org)
	setText(filters, "search_term", p.SearchTerm)
	if p.ActiveOnly {
		filters.Set("active_only", "true")
	}
	if p.Mobile != nil {
		filters.Set("mobile", strconv.FormatBool(*p.Mobile))
	}
	for _, key := range p.Keys {
		filters.Add("course_keys", key.String())
	}
	return filters
}

// setViewer puts the user whose view is asked for into the query.
func setViewer(query url.Values, username string) faults {
	if username == "" {
		return nil
	}
	query.Set("username", username)
	return checkUsername(username)
}

func setText(query url.Values, name, text string) {
	if text != "" {
		query.Set(name, text)
	}
}

func addAll(query, more url.Values) {
	for name, values := range more {
		query[name] = append(query[name], values...)
	}
}

// pastEnd reports whether err says that a page after the first does not exist,
// which is how lists that are counted by estimate end.
func pastEnd(cursor string, err error) bool {
	failed, ok := errors.AsType[*Error](err)
	return ok && cursor != "" && failed.Reason == ErrNotFound && failed.hasWords()
}

package edxtest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// courseFilter is what a list of courses is asked for.
type courseFilter struct {
	username, org, search string
	mobile, active        string // "" is not asked
	keys                  []string
}

// readCourseFilter reads the query of a GET and the body of a POST.
func readCourseFilter(c call) (f courseFilter, refused reply, ok bool) {
	form := c.query
	if c.request.Method == post {
		if form, refused, ok = c.filterBody(); !ok {
			return f, refused, false
		}
	}
	f = courseFilter{username: form.Get("username"), org: form.Get("org"), search: form.Get("search_term")}
	for name, value := range map[string]*string{"mobile": &f.mobile, "active_only": &f.active} {
		*value = strings.ToLower(form.Get(name))
		if !slices.Contains([]string{"", "True", "true", "1", "False", "false", "0"}, form.Get(name)) {
			return f, fieldError(name, "Enter a valid boolean."), false
		}
	}
	for _, text := range form["course_keys"] {
		for _, key := range strings.Split(text, ",") {
			if _, _, valid := splitKey(key); !valid {
				return f, fieldError("course_keys", fmt.Sprintf("'%s' is not a valid course key.", key)), false
			}
			f.keys = append(f.keys, key)
		}
	}
	return f, reply{}, true
}

// filterBody reads a form, or the same names in JSON.
func (c call) filterBody() (url.Values, reply, bool) {
	if c.contentType() != jsonType {
		form, _ := url.ParseQuery(string(c.body)) // what can't be read is not there
		return form, reply{}, true
	}
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return nil, refused, false
	}
	form := url.Values{}
	for name, value := range body {
		list, many := value.([]any)
		if !many {
			list = []any{value}
		}
		for _, item := range list {
			form.Add(name, fmt.Sprint(item))
		}
	}
	return form, reply{}, true
}

func (f courseFilter) takes(o *Server, course Course) bool {
	org, _, _ := splitKey(course.Key)
	truth := func(text string) bool { return text == "true" || text == "1" }
	ended := !course.End.IsZero() && o.now().After(course.End)
	switch {
	case f.org != "" && !strings.EqualFold(f.org, org),
		f.keys != nil && !slices.Contains(f.keys, course.Key),
		f.mobile != "" && truth(f.mobile) != course.Mobile,
		truth(f.active) && ended:
		return false
	}
	return strings.Contains(strings.ToLower(course.Name), strings.ToLower(f.search))
}

// listCourses serves a page of the catalog. Courses that the viewer may not see
// are dropped as the page is made, so that count is an estimate which shrinks,
// and the last page may turn out not to exist.
func (o *Server) listCourses(c call) reply {
	filter, refused, ok := readCourseFilter(c)
	if !ok {
		return refused
	}
	viewer, refused, ok := o.viewer(c, filter.username)
	if !ok {
		return refused
	}
	page, valid := c.positive("page", 1)
	if !valid {
		return c.refuse(http.StatusNotFound, "Invalid page.")
	}
	size := c.pageSize(10, 100)
	visible, count := []object{}, 0
	for _, course := range o.sortedCourses() {
		if !filter.takes(o, course) {
			continue
		}
		if len(visible) >= page*size || o.sees(viewer, course) {
			count++ // what lies beyond this page is only guessed to be visible
		}
		if len(visible) < page*size && o.sees(viewer, course) {
			visible = append(visible, o.courseObject(course))
		}
	}
	rows, _ := pageOf(visible, page, size)
	if len(rows) == 0 && page > 1 {
		return c.refuse(http.StatusNotFound, "Invalid page.")
	}
	return jsonReply(http.StatusOK, o.namespaced(c, rows, page, size, count))
}

// pageSize reads page_size; nonsense is the default, more than most is most.
func (c call) pageSize(fallback, most int) int {
	size, ok := c.positive("page_size", fallback)
	if !ok {
		return fallback
	}
	return min(size, most)
}

// namespaced is the page of a list whose paging stands in an object of its own.
func (o *Server) namespaced(c call, rows any, page, size, count int) object {
	pages := max(1, (count+size-1)/size)
	var next, previous any
	if page < pages {
		next = o.link(c, "page", fmt.Sprint(page+1))
	}
	if page > 1 {
		previous = o.link(c, "page", fmt.Sprint(page-1))
	}
	return object{
		{"results", rows},
		{"pagination", object{{"next", next}, {"previous", previous}, {"count", count}, {"num_pages", pages}}},
	}
}

// listCourseIDs serves the keys of the courses in which a user has a role.
func (o *Server) listCourseIDs(c call) reply {
	role := c.query.Get("role")
	if role != "staff" && role != "instructor" {
		return fieldError("role", "Select a valid choice.")
	}
	viewer, refused, ok := o.viewer(c, c.query.Get("username"))
	if !ok {
		return refused
	}
	page, valid := c.positive("page", 1)
	keys := []string{}
	for _, course := range o.sortedCourses() {
		if viewer.Staff || viewer.has(course.Key, false) {
			keys = append(keys, course.Key)
		}
	}
	size := c.pageSize(10, 1000)
	rows, pages := pageOf(keys, page, size)
	if !valid || page > pages {
		return c.refuse(http.StatusNotFound, "Invalid page.")
	}
	return jsonReply(http.StatusOK, o.namespaced(c, rows, page, size, len(keys)))
}

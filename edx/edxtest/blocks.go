package edxtest

import (
	"net/http"
	"slices"
	"strings"
)

var blockRoutes = []route{
	{method: get, pattern: "/api/courses/v1/blocks/", auth: authOptional, developer: true, act: (*Server).listBlocks},
}

// listBlocks shows the blocks of a course: the course itself and, from the depth 1 on,
// the subsections that are special exams. It knows no other blocks.
func (s *Server) listBlocks(c call) reply {
	key := c.query.Get("course_id")
	if _, _, valid := splitKey(key); !valid {
		return fieldError("course_id", "'"+key+"' is not a valid course key.")
	}
	viewer, refused, ok := s.blockViewer(c, key)
	if !ok {
		return refused
	}
	course, found := s.courses[key]
	if !found || !s.sees(viewer, course) {
		return c.refuse(http.StatusNotFound, "Not found.")
	}
	root := rootBlock(key)
	blocks := []object{c.block(key, root, "course", course.Name)}
	if depth := c.query.Get("depth"); depth != "" && depth != "0" {
		for _, e := range s.examsOf(key) {
			if !e.Inactive {
				blocks = append(blocks, append(c.block(key, e.Content, "sequential", e.Name), c.requestedFields(e)...))
			}
		}
	}
	if types := splitCommas(c.query.Get("block_types_filter")); types != nil {
		blocks = slices.DeleteFunc(blocks, func(b object) bool { return !slices.Contains(types, b[2].Value.(string)) })
	}
	if c.query.Get("return_type") == "list" {
		return jsonReply(http.StatusOK, blocks)
	}
	byID := object{}
	for _, b := range blocks {
		byID = append(byID, member{b[0].Value.(string), b})
	}
	return jsonReply(http.StatusOK, object{{"root", root}, {"blocks", byID}})
}

// blockViewer is the user for whom blocks are shown: somebody must be named, unless the
// staff of the course ask for all blocks.
func (s *Server) blockViewer(c call, course string) (viewer User, refused reply, ok bool) {
	if strings.EqualFold(c.query.Get("all_blocks"), "true") {
		if !c.staffIn(course) {
			return User{}, c.forbid(), false
		}
		return c.user, reply{}, true
	}
	if !c.query.Has("username") {
		return User{}, fieldError("username", "This field is required unless all_blocks is requested."), false
	}
	return s.viewer(c, c.query.Get("username"))
}

// rootBlock is the usage key of the course itself.
func rootBlock(course string) string {
	if run, isNew := strings.CutPrefix(course, "course-v1:"); isNew {
		return "block-v1:" + run + "+type@course+block@course"
	}
	org, number, _ := splitKey(course)
	return "i4x://" + org + "/" + number + "/course/" + course[strings.LastIndex(course, "/")+1:]
}

// block is one without requested fields; its first member is its id, its third its type.
func (c call) block(course, id, kind, name string) object {
	short := id[strings.LastIndexAny(id, "@/")+1:]
	page := c.base() + "/courses/" + course + "/jump_to/" + id
	return object{
		{"id", id}, {"block_id", short}, {"type", kind}, {"display_name", name}, {"lms_web_url", page}, {"legacy_web_url", page + "?experience=legacy"},
		{"student_view_url", c.base() + "/xblock/" + id},
	}
}

func (c call) requestedFields(e *Exam) (fields object) {
	for _, name := range splitCommas(c.query.Get("requested_fields")) {
		switch name {
		case "due":
			fields = append(fields, member{name, wireTime(e.Due)})
		case "graded":
			fields = append(fields, member{name, !e.Practice})
		case "format":
			fields = append(fields, member{name, nil})
		}
	}
	return fields
}

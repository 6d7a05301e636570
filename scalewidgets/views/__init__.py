"""Charts of an explorer: HoloViews elements, rendered once, whose columns and ranges then move."""

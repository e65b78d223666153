"""What may be ordered about carbon: calculations, methods, sites, meters, vehicles, activities, restatements."""
